package pluginhost

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/hashicorp/go-plugin"

	"github.com/leat-dev/leat/compiler/schema"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/plugins/protocol"
)

// Client is a running plugin process. Its methods are safe for concurrent use;
// Configure must have succeeded before Check, Discover, OpenWrite and OpenRead.
type Client struct {
	host    *Host
	spec    Spec
	process *plugin.Client
	api     protocol.DestinationClient
	log     *logBuffer
	temp    string // folder of the plugin's socket

	mu      sync.Mutex
	version string // from Describe, for messages
}

// label names the plugin in messages.
func (c *Client) label() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version == "" {
		return c.spec.Type
	}
	return c.spec.Type + " " + c.version
}

// Describe asks the plugin what it can do, and returns the digest of the
// answer (DescribeDigest) beside it.
func (c *Client) Describe(ctx context.Context) (*schema.Destination, string, error) {
	out, err := c.api.Describe(ctx, &protocol.DescribeRequest{})
	if err != nil {
		return nil, "", c.callError(ctx, "a description", err)
	}
	d, err := c.schemaOf(out.GetSchema())
	if err != nil {
		return nil, "", err
	}
	c.mu.Lock()
	c.version = d.Version
	c.mu.Unlock()
	return d, DescribeDigest(out.GetSchema()), nil
}

func (c *Client) schemaOf(in *protocol.Schema) (*schema.Destination, error) {
	d, err := SchemaOf(in)
	if err != nil {
		return nil, &Error{Diagnostic: diag.New(diag.PluginSchemaInvalid, c.spec.Range,
			"The description of plugin %s is not well formed: %v. Report this to the plugin's author.", c.label(), err)}
	}
	return d, nil
}

// Config is an evaluated config block: values by attribute name, each nil,
// string, bool, a Go number or a json.Number. It may hold secrets.
type Config struct {
	Region  string
	Values  map[string]any
	Objects []DeclaredObject // of a destination whose objects are declared; those in use
}

// DeclaredObject is an object as the configuration declares it.
type DeclaredObject struct {
	Name       string
	Key        []string
	Operations []DeclaredOperation
}

// DeclaredOperation is the request of one operation.
type DeclaredOperation struct {
	Name string // upsert, create, update, delete, append
	schema.Request
}

// Format implements fmt.Formatter: a configuration prints no value.
func (Config) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(config)")) }

func (c Config) proto() (*protocol.Config, error) {
	out := &protocol.Config{Region: c.Region, Values: make(map[string]string, len(c.Values))}
	for name, v := range c.Values {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("config attribute %s cannot be encoded", name) // the error would quote the value
		}
		out.Values[name] = string(text)
	}
	for _, o := range c.Objects {
		object := &protocol.DeclaredObject{Name: o.Name, Key: o.Key}
		for _, op := range o.Operations {
			object.Operations = append(object.Operations, &protocol.DeclaredOperation{Name: op.Name, Method: op.Method, Path: op.Path,
				Envelope: op.Envelope, Whole: op.Whole, IdempotencyHeader: op.IdempotencyHeader})
		}
		out.Objects = append(out.Objects, object)
	}
	return out, nil
}

// Problem is a fault of the configuration or the account the user can mend, in
// the plugin's words.
type Problem struct {
	Field   string // config attribute, may be empty
	Summary string
	Detail  string
}

func problemsOf(in []*protocol.Problem) []Problem {
	var out []Problem
	for _, p := range in {
		out = append(out, Problem{p.GetField(), p.GetSummary(), p.GetDetail()})
	}
	return out
}

// ValidateConfig checks a configuration without network.
func (c *Client) ValidateConfig(ctx context.Context, cfg Config) ([]Problem, error) {
	in, err := cfg.proto()
	if err != nil {
		return nil, err
	}
	out, err := c.api.ValidateConfig(ctx, &protocol.ValidateConfigRequest{Config: in})
	return problemsOf(out.GetProblems()), c.callError(ctx, "a check of its configuration", err)
}

// Configure hands the configuration over, once. With problems the plugin is
// not configured.
func (c *Client) Configure(ctx context.Context, cfg Config) ([]Problem, error) {
	in, err := cfg.proto()
	if err != nil {
		return nil, err
	}
	out, err := c.api.Configure(ctx, &protocol.ConfigureRequest{Config: in})
	return problemsOf(out.GetProblems()), c.callError(ctx, "its configuration", err)
}

// Account is the account behind the credentials.
type Account struct {
	Fingerprint string // stable, no secret
	Label       string // for people
}

// Check proves that the credentials work.
func (c *Client) Check(ctx context.Context) (Account, []Problem, error) {
	out, err := c.api.Check(ctx, &protocol.CheckRequest{})
	if err != nil {
		return Account{}, nil, c.callError(ctx, "the account check", err)
	}
	if out.GetAccount() == "" && len(out.GetProblems()) == 0 {
		return Account{}, nil, c.contract("The plugin named neither an account nor a problem. Report this to the plugin's author.")
	}
	return Account{out.GetAccount(), out.GetAccountLabel()}, problemsOf(out.GetProblems()), nil
}

// Discover reads the account's live schema; objects limits it, empty means
// all. The schema is nil when there are problems. FetchedAt is the caller's to
// set.
func (c *Client) Discover(ctx context.Context, objects []string) (*schema.Destination, []Problem, error) {
	out, err := c.api.Discover(ctx, &protocol.DiscoverRequest{Objects: objects})
	if err != nil {
		return nil, nil, c.callError(ctx, "schema discovery", err)
	}
	if len(out.GetProblems()) > 0 {
		return nil, problemsOf(out.GetProblems()), nil
	}
	d, err := c.schemaOf(out.GetSchema())
	return d, nil, err
}

// Log returns the last lines the plugin printed, oldest first. They are the
// plugin's words and may hold anything: for a debugging file, not for the
// terminal.
func (c *Client) Log() []string { return c.log.tail() }

// Exited reports whether the process has ended.
func (c *Client) Exited() bool { return c.process.Exited() }

// Close asks the plugin to finish the calls in flight, within the host's
// grace, and ends its process. It may be called again. After a cancelled ctx
// it kills at once.
func (c *Client) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, c.host.opts.StopGrace)
	defer cancel()
	_, _ = c.api.Stop(ctx, &protocol.StopRequest{}) // whatever it answers, the process ends
	c.kill()
}

func (c *Client) kill() {
	c.process.Kill()
	_ = os.RemoveAll(c.temp) // a leftover socket folder is harmless
}
