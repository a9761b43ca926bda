package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leat-dev/leat/cmd/internal/view"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/plugins/hubspot/sandbox"
)

// sandboxKeep is how many requests the sandbox's page and its log endpoint
// remember.
const sandboxKeep = 10_000

// anyToken is the token to send where the sandbox takes any.
const anyToken = "sandbox"

type sandboxOptions struct {
	listen string
	token  string
	log    string
	seed   string
	faults []string
	rate   int
}

func (a *app) sandboxCmd() *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run a local CRM to rehearse against",
		Long: `Runs a small CRM with the shape of HubSpot's API on this machine until it is
interrupted. It starts empty and keeps nothing. It shows its records and the
requests it got to whoever asks, so it listens on loopback addresses only.

A fault makes it misbehave: a kind (429, 500, hang, cut_before, cut_after,
partial, refuse, latency, gate), then a colon and settings parted by commas,
such as 429:after=3,count=2,retry_after=1s or refuse:property=email,value=x*.`,
		Example: "  leat sandbox\n  leat sandbox --fault 429:count=2,retry_after=1s --log requests.jsonl\n  leat sandbox --listen 127.0.0.1:0 --json",
		Args:    cobra.NoArgs,
		RunE: a.run(func(ctx context.Context, _ []string) (Exit, error) {
			return a.sandbox(ctx, o)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8765", "loopback `address` to listen on; port 0 takes a free one")
	f.StringVar(&o.token, "token", "", "accept only this access `token`; default: any")
	f.StringVar(&o.log, "log", "", "append every request as a line of JSON to this `file`; it holds the values sent")
	f.StringVar(&o.seed, "seed", "", "start with the records of this JSON `file`: lists of records by object, or what /_sandbox/state gave")
	f.StringArrayVar(&o.faults, "fault", nil, "misbehave: `kind:settings`; may be repeated")
	f.IntVar(&o.rate, "rate-limit", 190, "requests allowed in ten seconds; -1 is no limit")
	return cmd
}

func (a *app) sandbox(ctx context.Context, o sandboxOptions) (Exit, error) {
	if o.rate == 0 || o.rate < -1 {
		return Usage, usageError{fmt.Errorf("--rate-limit takes a number from 1, or -1 for no limit, not %d", o.rate)}
	}
	info := view.SandboxInfo{Token: o.token, Log: o.log}
	if info.Token == "" {
		info.Token = anyToken
	}
	opt := sandbox.Options{Token: o.token, Clock: a.Now, Rate: sandbox.Rate{Max: o.rate}, LogKeep: sandboxKeep}
	for _, text := range o.faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			return Usage, usageError{fmt.Errorf("--fault: %w", err)}
		}
		opt.Faults = append(opt.Faults, f)
		info.Faults = append(info.Faults, f.String())
	}
	if err := loopback(o.listen); err != nil {
		return Usage, usageError{err}
	}
	if o.log != "" {
		log, err := os.OpenFile(a.path(o.log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return Failed, fmt.Errorf("open log: %w", err)
		}
		defer log.Close()
		opt.Log = log
	}
	server := sandbox.New(opt)
	if o.seed != "" {
		if d := a.seedSandbox(server, o.seed); d != nil {
			return Failed, a.fail(*d)
		}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return Failed, fmt.Errorf("%w (choose another address with --listen; port 0 takes a free one)", err)
	}
	info.URL = "http://" + l.Addr().String()
	a.show(view.Sandbox(info, a.style()), view.SandboxJSON(info))
	if err := server.Serve(ctx, l); err != nil {
		return Failed, err
	}
	return OK, nil
}

// loopback checks the text of --listen: host and port, where the host is
// this machine's alone.
func loopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("--listen takes an address such as 127.0.0.1:8765, not %q", listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen takes a loopback address such as 127.0.0.1:8765, not %q: a sandbox shows all it holds to whoever asks", listen)
	}
	return nil
}

// path resolves a file named on the command line.
func (a *app) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.dir(), name)
}

// seedSandbox fills a new sandbox from a file. The diagnostic names rows and
// properties, never values.
func (a *app) seedSandbox(s *sandbox.Server, name string) *diag.Diagnostic {
	bad := func(format string, args ...any) *diag.Diagnostic {
		d := diag.New(diag.UnreadableFile, diag.Range{Filename: name}, format, args...)
		return &d
	}
	f, err := os.Open(a.path(name))
	if err != nil {
		return bad("The seed file %s does not exist or cannot be read. Check the name and its permissions.", name)
	}
	defer f.Close()
	var state struct {
		PortalID *int64 `json:"portal_id"`
	}
	var objects map[string][]map[string]string
	first := json.NewDecoder(f).Decode(&state)
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return bad("The seed file %s cannot be read twice. Give a plain file.", name)
	}
	if first == nil && state.PortalID != nil {
		if err := s.Restore(f); err != nil {
			return bad("%s is not the state of a sandbox: %s.", name, reason(err))
		}
		return nil
	}
	if err := json.NewDecoder(f).Decode(&objects); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return bad("%s is not valid JSON, at byte %d.", name, syntax.Offset)
		}
		return bad(`%s must hold lists of records by object, all values as text: {"contacts": [{"email": "a@example.com"}]}.`, name)
	}
	for _, object := range slices.Sorted(maps.Keys(objects)) {
		if _, err := s.Seed(object, objects[object]); err != nil {
			return bad("%s cannot be taken as it is: %s.", name, reason(err))
		}
	}
	return nil
}

// reason is an error of the sandbox without the name of the package.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "sandbox: ") }
