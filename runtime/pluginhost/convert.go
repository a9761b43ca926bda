package pluginhost

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/types"
	"github.com/leat-dev/leat/plugins/protocol"
)

// Legal words of a schema's choices.
var (
	evidences  = []string{"A", "B", "C", "D", "E"}
	readables  = []string{"none", "by_key", "full"}
	clears     = []string{"null", "empty_string", "impossible"}
	retries    = []string{"idempotent", "readable", "neither"}
	removals   = []string{"delete", "archive", "clear"}
	operations = []string{"upsert", "create", "update", "delete", "archive", "append", "read"}
	normalises = []string{"", "lower", "trim", "lower_trim"}
	piis       = []string{"", "identifier", "contact", "sensitive", "special"}
	scopes     = []string{"account", "object", "endpoint"}
	counts     = []string{"requests", "records", "billable"}
)

// SchemaOf converts a description, as a plugin's process or the sdk's Describe
// gives it. The error names the first thing that is not well formed: the
// plugin has a bug then.
func SchemaOf(in *protocol.Schema) (*schema.Destination, error) {
	if in.GetPlugin() == "" || in.GetVersion() == "" {
		return nil, fmt.Errorf("the schema names no plugin or no version")
	}
	if !slices.Contains(evidences, in.GetEvidence()) {
		return nil, oneOf("evidence", in.GetEvidence(), evidences)
	}
	out := &schema.Destination{Plugin: in.GetPlugin(), Version: in.GetVersion(), API: in.GetApi(),
		Evidence: schema.Evidence(in.GetEvidence()), Account: in.GetAccount(), Open: in.GetOpen(),
		NeedsPull: in.GetNeedsPull(), Declared: in.GetDeclared(), EnvAllowed: slices.Clone(in.GetEnv()), Description: in.GetDescription()}
	for _, c := range in.GetConfig() {
		t, err := types.Parse(c.GetType())
		if err != nil {
			return nil, fmt.Errorf("config field %q: %w", c.GetName(), err)
		}
		out.Config = append(out.Config, schema.ConfigField{Name: c.GetName(), Type: t, Required: c.GetRequired(),
			Secret: c.GetSecret(), Default: c.GetDefault(), Description: c.GetDescription()})
	}
	for _, l := range in.GetLimits() {
		limit, err := limitOf(l)
		if err != nil {
			return nil, fmt.Errorf("limit %q: %w", l.GetName(), err)
		}
		for _, from := range []string{limit.AmountFrom, limit.ConcurrentFrom} {
			if from != "" && !slices.ContainsFunc(out.Config, func(c schema.ConfigField) bool { return c.Name == from && c.Type.Kind == types.Int }) {
				return nil, fmt.Errorf("limit %q: %q is no config field of type int", l.GetName(), from)
			}
		}
		out.Limits = append(out.Limits, limit)
	}
	for _, o := range in.GetObjects() {
		object, err := objectOf(o, out.Limits)
		if err != nil {
			return nil, fmt.Errorf("object %q: %w", o.GetName(), err)
		}
		out.Objects = append(out.Objects, object)
	}
	if err := increasing("config field", out.Config, func(c schema.ConfigField) string { return c.Name }); err != nil {
		return nil, err
	}
	if err := increasing("limit", out.Limits, func(l schema.Limit) string { return l.Name }); err != nil {
		return nil, err
	}
	return out, increasing("object", out.Objects, func(o schema.Object) string { return o.Name })
}

func limitOf(l *protocol.Limit) (schema.Limit, error) {
	if _, err := time.ParseDuration(l.GetWindow()); err != nil {
		return schema.Limit{}, fmt.Errorf("window %q is not a duration", l.GetWindow())
	}
	if !slices.Contains(scopes, l.GetScope()) {
		return schema.Limit{}, oneOf("scope", l.GetScope(), scopes)
	}
	if !slices.Contains(counts, l.GetCounts()) {
		return schema.Limit{}, oneOf("counts", l.GetCounts(), counts)
	}
	return schema.Limit{Name: l.GetName(), Scope: l.GetScope(), Amount: l.GetAmount(), Window: l.GetWindow(),
		Concurrent: int(l.GetConcurrent()), Counts: l.GetCounts(), Description: l.GetDescription(),
		AmountFrom: l.GetAmountFrom(), ConcurrentFrom: l.GetConcurrentFrom()}, nil
}

func objectOf(o *protocol.Object, limits []schema.Limit) (schema.Object, error) {
	out := schema.Object{Name: o.GetName(), Label: o.GetLabel(), Description: o.GetDescription(),
		FieldsOpen: o.GetFieldsOpen(), KeysOpen: o.GetKeysOpen(), Readable: schema.Readable(o.GetReadable()),
		Removal: slices.Clone(o.GetRemoval()), Rekey: o.GetRekey(), Replace: o.GetReplace(), IDs: o.GetIds()}
	if !slices.Contains(readables, o.GetReadable()) {
		return out, oneOf("readable", o.GetReadable(), readables)
	}
	for _, r := range o.GetRemoval() {
		if !slices.Contains(removals, r) {
			return out, oneOf("removal", r, removals)
		}
	}
	for _, f := range o.GetFields() {
		field, err := fieldOf(f)
		if err != nil {
			return out, fmt.Errorf("field %q: %w", f.GetName(), err)
		}
		out.Fields = append(out.Fields, field)
	}
	if err := increasing("field", out.Fields, func(f schema.Field) string { return f.Name }); err != nil {
		return out, err
	}
	for i, k := range o.GetKeys() {
		for _, name := range k.GetFields() {
			if _, ok := out.Field(name); !ok && !out.FieldsOpen {
				return out, fmt.Errorf("key %d names the field %q, which is not listed", i, name)
			}
		}
		out.Keys = append(out.Keys, schema.Key{Fields: slices.Clone(k.GetFields()), Unique: k.GetUnique()})
	}
	for _, op := range o.GetOperations() {
		operation, err := operationOf(op, limits)
		if err != nil {
			return out, fmt.Errorf("operation %q: %w", op.GetName(), err)
		}
		out.Operations = append(out.Operations, operation)
	}
	return out, increasing("operation", out.Operations, func(op schema.Operation) string { return op.Name })
}

func fieldOf(f *protocol.Field) (schema.Field, error) {
	out := schema.Field{Name: f.GetName(), Label: f.GetLabel(), Description: f.GetDescription(),
		VendorType: f.GetVendorType(), Nullable: f.GetNullable(), RequiredOnCreate: f.GetRequiredOnCreate(),
		ReadOnly: f.GetReadOnly(), Unique: f.GetUnique(), Clear: schema.Clear(f.GetClear()),
		Normalise: f.GetNormalise(), PII: f.GetPii(), EnumOpen: f.GetEnumOpen()}
	t, err := types.Parse(f.GetType())
	if err != nil {
		return out, fmt.Errorf("type: %w", err)
	}
	out.Type = t
	switch {
	case !slices.Contains(clears, f.GetClear()):
		return out, oneOf("clear", f.GetClear(), clears)
	case !slices.Contains(normalises, f.GetNormalise()):
		return out, oneOf("normalise", f.GetNormalise(), normalises)
	case !slices.Contains(piis, f.GetPii()):
		return out, oneOf("pii", f.GetPii(), piis)
	}
	return out, nil
}

func operationOf(op *protocol.Operation, limits []schema.Limit) (schema.Operation, error) {
	out := schema.Operation{Name: op.GetName(), Endpoint: op.GetEndpoint(), Retry: schema.Retry(op.GetRetry()),
		MaxRecords: int(op.GetMaxRecords()), MaxBytes: op.GetMaxBytes(), Limits: slices.Clone(op.GetLimits()),
		CallsPerBatch: int(op.GetCallsPerBatch())}
	if !slices.Contains(operations, op.GetName()) {
		return out, oneOf("name", op.GetName(), operations)
	}
	if !slices.Contains(retries, op.GetRetry()) {
		return out, oneOf("retry", op.GetRetry(), retries)
	}
	if op.GetMaxRecords() < 0 || op.GetMaxBytes() < 0 || op.GetCallsPerBatch() < 0 {
		return out, fmt.Errorf("a size is negative")
	}
	for _, name := range op.GetLimits() {
		if !slices.ContainsFunc(limits, func(l schema.Limit) bool { return l.Name == name }) {
			return out, fmt.Errorf("limit %q is not listed", name)
		}
	}
	return out, nil
}

func oneOf(what, got string, want []string) error {
	return fmt.Errorf("%s is %q, want one of %q", what, got, want)
}

// increasing checks that names are present, sorted and unique: the description
// must be the same bytes every time.
func increasing[T any](what string, list []T, name func(T) string) error {
	for i, x := range list {
		switch {
		case name(x) == "":
			return fmt.Errorf("%s %d has no name", what, i)
		case i > 0 && name(x) == name(list[i-1]):
			return fmt.Errorf("%s %q is listed twice", what, name(x))
		case i > 0 && name(x) < name(list[i-1]):
			return fmt.Errorf("%s %q is out of order", what, name(x))
		}
	}
	return nil
}

// DescribeDigest returns "sha256:" and the hex digest of a description. Plans
// record it; a plugin that describes itself otherwise makes them stale.
func DescribeDigest(in *protocol.Schema) string {
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(in)
	if err != nil { // only for invalid UTF-8, which SchemaOf's callers never keep
		return "sha256:invalid"
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
