package fake

import (
	"context"
	"slices"
	"time"

	"github.com/leat-dev/leat/plugins/sdk"
)

// Object is the name of the object with a key; Log the one of the object that
// is only appended to.
const (
	Object = "contacts"
	Log    = "events"
)

// Refused is the value of the field name that the fake refuses.
const Refused = "refuse me"

// Plugin is the fake destination type.
type Plugin struct {
	// Store is used when the configuration names no path; nil makes one.
	Store *Store
	// Before is called before a batch is carried out, After when it has been
	// and its outcomes are set; their error is the batch's. Either may be nil.
	Before, After func(context.Context, *sdk.Batch, *sdk.Outcomes) error
}

// New makes a fake over a store.
func New(store *Store) *Plugin { return &Plugin{Store: store} }

// Describe implements sdk.Plugin.
func (*Plugin) Describe() *sdk.Schema {
	op := func(name, retry string) sdk.Operation {
		return sdk.Operation{Name: name, Endpoint: name, Retry: retry, MaxRecords: 1000, Limits: []string{"calls"}}
	}
	return &sdk.Schema{
		Plugin: "fake", Version: "0.1.0", API: "1", Evidence: "A", Description: "A destination for tests.",
		Config: []sdk.ConfigField{
			{Name: "path", Type: "string", Description: "File that keeps the records; none keeps them in memory."},
			{Name: "token", Type: "string", Secret: true, Description: `Any text but "expired".`},
		},
		Env:    []string{"LEAT_FAKE_VISIBLE"},
		Limits: []sdk.Limit{{Name: "calls", Scope: "account", Amount: 1000, Window: time.Second, Counts: "requests"}},
		Objects: []sdk.Object{
			{
				Name: Object, Label: "Contacts", Readable: sdk.ReadByKey, Removal: []string{"delete", "clear"}, Rekey: true,
				Keys: []sdk.Key{{Fields: []string{"email"}, Unique: true}},
				Operations: []sdk.Operation{op("upsert", sdk.Idempotent), op("create", sdk.RetryReadable), op("update", sdk.Idempotent),
					op("delete", sdk.Idempotent), op("read", sdk.Idempotent)},
				Fields: []sdk.Field{
					{Name: "email", Type: "string(254)", RequiredOnCreate: true, Unique: true, Normalise: "lower", PII: "identifier"},
					{Name: "name", Type: "string", Nullable: true},
					{Name: "amount", Type: "decimal(12,2)", Nullable: true},
					{Name: "visits", Type: "int", Nullable: true},
					{Name: "score", Type: "float", Nullable: true},
					{Name: "active", Type: "bool", Nullable: true},
					{Name: "born", Type: "date", Nullable: true},
					{Name: "seen", Type: "timestamptz", Nullable: true},
				},
			},
			{
				Name: Log, Label: "Events", FieldsOpen: true, Readable: sdk.ReadNone,
				Operations: []sdk.Operation{op("append", sdk.Neither)},
			},
		},
	}
}

// Configure implements sdk.Plugin.
func (p *Plugin) Configure(_ context.Context, cfg *sdk.Config) (sdk.Connection, []sdk.Problem) {
	store := p.Store
	if store == nil || cfg.Has("path") {
		var err error
		if store, err = OpenStore(cfg.Text("path")); err != nil {
			return nil, []sdk.Problem{{Field: "path", Summary: "the file is not a fake store", Detail: "Name another file."}}
		}
	}
	return &connection{plugin: p, store: store, token: cfg.Secret("token")}, nil
}

type connection struct {
	plugin *Plugin
	store  *Store
	token  sdk.Secret
}

// Check implements sdk.Connection.
func (c *connection) Check(context.Context) (sdk.Account, []sdk.Problem, error) {
	if c.token.Reveal() == "expired" {
		return sdk.Account{}, nil, &sdk.Fault{Class: sdk.FaultAuth, Code: "HTTP 401"}
	}
	return sdk.Account{Fingerprint: "fake:1", Label: "Fake account 1"}, nil, nil
}

// Discover implements sdk.Discoverer.
func (c *connection) Discover(_ context.Context, objects []string) (*sdk.Schema, []sdk.Problem, error) {
	s := c.plugin.Describe()
	s.Account = "fake:1"
	s.Objects = slices.DeleteFunc(s.Objects, func(o sdk.Object) bool {
		return len(objects) > 0 && !slices.Contains(objects, o.Name)
	})
	return s, nil, nil
}

// Close implements sdk.Connection.
func (*connection) Close() error { return nil }

// Write implements sdk.Connection.
func (c *connection) Write(ctx context.Context, b *sdk.Batch, out *sdk.Outcomes) error {
	if c.plugin.Before != nil {
		if err := c.plugin.Before(ctx, b, out); err != nil {
			return err
		}
	}
	if err := c.carryOut(b, out); err != nil {
		return err
	}
	if c.plugin.After != nil {
		return c.plugin.After(ctx, b, out)
	}
	return nil
}

func (c *connection) carryOut(b *sdk.Batch, out *sdk.Outcomes) error {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	out.CountRequest()
	for row := range b.Len() {
		c.row(b, out, row)
	}
	if err := c.store.save(); err != nil {
		out.Forget()
		return err
	}
	return nil
}

func (c *connection) row(b *sdk.Batch, out *sdk.Outcomes, row int) {
	for f, v := range b.Fields {
		if v.Name == "name" && b.Sent(row, f) && v.Text(row) == Refused {
			out.Reject(row, sdk.Rejection{Class: sdk.InvalidValue, Code: "REFUSED", Field: v.Name, Text: Refused + " is refused"})
			return
		}
	}
	if b.Op == sdk.Append {
		c.store.data.Events++
		out.Created(row, "")
		return
	}
	key := b.Key[0].Text(row)
	lookFor := key
	if b.Op == sdk.Rekey {
		lookFor = b.Prior[0].Text(row)
	}
	rec, found := c.store.find(b.DestID(row), lookFor)
	switch b.Op {
	case sdk.Send, sdk.Create:
		if found && b.Op == sdk.Create {
			out.Exists(row, rec.ID)
			return
		}
		if !found {
			rec = c.store.create(key)
			assign(b, row, rec)
			out.Created(row, rec.ID)
			return
		}
		assign(b, row, rec)
		out.Updated(row, rec.ID)
	default:
		if !found {
			out.Absent(row)
			return
		}
		c.change(b, out, row, rec, key)
	}
}

// change carries out an operation that needs a record, on one that is there.
func (c *connection) change(b *sdk.Batch, out *sdk.Outcomes, row int, rec *Record, key string) {
	if b.Op == sdk.Delete || b.Op == sdk.Archive {
		c.store.remove(rec)
		out.Removed(row)
		return
	}
	if b.Op == sdk.Rekey {
		if other, taken := c.store.find("", key); taken && other != rec {
			out.Reject(row, sdk.Rejection{Class: sdk.Conflict, Code: "TAKEN", Field: b.Key[0].Name})
			return
		}
		rec.Key = key
	}
	assign(b, row, rec)
	out.Updated(row, rec.ID)
}

func assign(b *sdk.Batch, row int, rec *Record) {
	for f, v := range b.Fields {
		if !b.Sent(row, f) {
			continue
		}
		if v.Null(row) || b.Op == sdk.Clear {
			rec.Fields[v.Name] = nil
			continue
		}
		text := string(v.AppendText(nil, row))
		rec.Fields[v.Name] = &text
	}
}

// Read implements sdk.Reader.
func (c *connection) Read(_ context.Context, l *sdk.Lookup, found *sdk.Records) error {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	for row := range l.Len() {
		rec, ok := c.store.find(l.DestID(row), l.Key[0].Text(row))
		if !ok {
			continue
		}
		fields := make([]any, len(l.Fields))
		for i, f := range l.Fields {
			if v := rec.Fields[f.Name]; v != nil {
				fields[i] = *v
			}
		}
		if err := found.Add(row, rec.ID, []any{rec.Key}, fields); err != nil {
			return err
		}
	}
	return nil
}
