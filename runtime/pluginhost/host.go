package pluginhost

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/plugins/protocol"
)

// InternalCommand is the first argument of the executable when it is started
// again as a built-in plugin; the plugin type follows. cmd dispatches on it
// before anything else.
const InternalCommand = "internal-plugin"

// BaseEnv lists the variables every plugin may see: proxies and certificate
// authorities. Nothing else of the host's environment is passed but what the
// plugin declares.
var BaseEnv = []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR"}

// Options configure a host.
type Options struct {
	// Lock is the open, locked file of the run. Every plugin inherits it, so
	// that the lock is free only when the host and all its plugins are gone.
	// nil for commands that do not write.
	Lock *os.File
	// LookupEnv reads the host's environment; nil is os.LookupEnv.
	LookupEnv func(string) (string, bool)
	// StartTimeout bounds the start of a process; 0 is a minute.
	StartTimeout time.Duration
	// StopGrace bounds how long a plugin may finish calls in flight on Close;
	// 0 is ten seconds. Then it is killed.
	StopGrace time.Duration
}

// Host starts plugins. It is safe for concurrent use.
type Host struct{ opts Options }

// New makes a host.
func New(opts Options) *Host {
	if opts.LookupEnv == nil {
		opts.LookupEnv = os.LookupEnv
	}
	if opts.StartTimeout == 0 {
		opts.StartTimeout = time.Minute
	}
	if opts.StopGrace == 0 {
		opts.StopGrace = 10 * time.Second
	}
	return &Host{opts: opts}
}

// Spec says which plugin to start.
type Spec struct {
	Type   string     // plugin type, for messages and for the built-in dispatch
	Path   string     // executable of an external plugin; "" starts the built-in one
	SHA256 []byte     // pin of Path; required with Path
	Env    []string   // variables beyond BaseEnv, from the plugin's description
	Dir    string     // the process's working directory, against which its configuration's relative paths stand; "" is the host's
	Range  diag.Range // the block that asked for it, for diagnostics
}

// Launch starts the plugin's process and connects to it. A failure to do so is
// an *Error. ctx bounds the start only; Close ends the process.
func (h *Host) Launch(ctx context.Context, spec Spec) (*Client, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, args, err := command(spec)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(socketParent(os.TempDir()), "leat")
	if err != nil {
		return nil, fmt.Errorf("make plugin socket folder: %w", err)
	}
	c := &Client{host: h, spec: spec, log: newLogBuffer(), temp: temp}
	c.process = plugin.NewClient(h.config(c, path, args))
	stop := context.AfterFunc(ctx, c.process.Kill)
	connected, err := c.process.Client()
	if stop(); err == nil {
		var raw any
		if raw, err = connected.Dispense(protocol.PluginName); err == nil {
			c.api = raw.(protocol.DestinationClient)
			return c, nil
		}
	}
	c.kill()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return nil, startError(spec, err)
}

// maxSocketPath is how long the path of a Unix socket may be: macOS has 104
// bytes for it with the final zero (sys/un.h), Linux 108.
const maxSocketPath = 103

// socketTail is the longest path go-plugin and MkdirTemp make below the parent;
// their random parts have up to ten digits.
const socketTail = "/leat0123456789/plugin-dir0123456789/plugin0123456789"

// socketParent returns the folder for sockets' folders: temp, or /tmp where the
// path of a socket below temp would be too long for the system.
func socketParent(temp string) string {
	if runtime.GOOS != "windows" && len(temp)+len(socketTail) > maxSocketPath {
		return "/tmp"
	}
	return temp
}

// command returns the executable and its arguments, the checksum verified.
func command(spec Spec) (path string, args []string, err error) {
	if spec.Path != "" {
		if err := verify(spec); err != nil {
			return "", nil, err
		}
		path, err := filepath.Abs(spec.Path) // a relative one would be looked up below Dir
		if err != nil {
			return "", nil, fmt.Errorf("find plugin: %w", err)
		}
		return path, []string{spec.Path}, nil
	}
	if runtime.GOOS == "linux" {
		// The inode that runs, also after an upgrade has replaced the path.
		return "/proc/self/exe", []string{os.Args[0], InternalCommand, spec.Type}, nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", nil, fmt.Errorf("find own executable: %w", err)
	}
	return self, []string{self, InternalCommand, spec.Type}, nil
}

func verify(spec Spec) error {
	got, err := Checksum(spec.Path)
	if err != nil {
		return &Error{Diagnostic: diag.New(diag.PluginStartFailed, spec.Range,
			"The executable of plugin %s, %s, cannot be read. Check `source` in its plugin block.", spec.Type, spec.Path)}
	}
	if !slices.Equal(got, spec.SHA256) {
		return &Error{Diagnostic: diag.New(diag.PluginChecksum, spec.Range,
			"%s has the checksum sha256:%s; the lock file pins sha256:%s. Restore the pinned executable, or accept the new one "+
				"by updating .leat.lock.hcl after you have made sure where it came from.",
			spec.Path, hex.EncodeToString(got), hex.EncodeToString(spec.SHA256))}
	}
	return nil
}

// Checksum returns the SHA-256 of a file, the form in which plugins are pinned.
func Checksum(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read plugin: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, fmt.Errorf("read plugin: %w", err)
	}
	return sum.Sum(nil), nil
}

func (h *Host) config(c *Client, path string, args []string) *plugin.ClientConfig {
	return &plugin.ClientConfig{
		HandshakeConfig:  protocol.Handshake,
		Plugins:          plugin.PluginSet{protocol.PluginName: &dispenser{}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     h.opts.StartTimeout,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: c.temp},
		Logger:           hclog.New(&hclog.LoggerOptions{Name: c.spec.Type, Level: hclog.Debug, Output: c.log, DisableTime: true}),
		GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(protocol.MaxMessageBytes), grpc.MaxCallSendMsgSize(protocol.MaxMessageBytes))},
		RunnerFunc: func(_ hclog.Logger, made *exec.Cmd, _ string) (runner.Runner, error) {
			return newProcess(path, args, append(h.environment(c.spec.Env), made.Env...), c.spec.Dir, h.opts.Lock)
		},
	}
}

// environment returns the allowed variables that are set, in a fixed order.
func (h *Host) environment(declared []string) []string {
	var env []string
	for _, name := range slices.Concat(BaseEnv, declared) {
		if v, ok := h.opts.LookupEnv(name); ok && !strings.ContainsAny(name, "=\x00") {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// startError sorts out why a plugin did not start. go-plugin tells by text
// only, and its text may quote what the process printed: none is passed on.
func startError(spec Spec, err error) error {
	name := spec.Type
	if spec.Path != "" {
		name += " (" + spec.Path + ")"
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "incompatible") || strings.Contains(text, "unsupported plugin protocol"):
		return &Error{Diagnostic: diag.New(diag.PluginProtocolVersion, spec.Range,
			"Plugin %s speaks another version of the plugin protocol; this leat speaks version %d. "+
				"Install a version of the plugin made for this leat.", name, protocol.Handshake.ProtocolVersion)}
	case strings.Contains(text, "timeout"):
		return &Error{Diagnostic: diag.New(diag.PluginStartFailed, spec.Range,
			"Plugin %s did not greet leat in time. Run it by hand: it must call sdk.Serve and print nothing before.", name)}
	case errors.Is(err, os.ErrPermission):
		return &Error{Diagnostic: diag.New(diag.PluginStartFailed, spec.Range,
			"The executable of plugin %s may not be executed. Give it the execute permission.", name)}
	default:
		return &Error{Diagnostic: diag.New(diag.PluginStartFailed, spec.Range,
			"Plugin %s ended before it greeted leat. Check that it is a leat plugin built for this machine (%s/%s).",
			name, runtime.GOOS, runtime.GOARCH)}
	}
}

// dispenser hands the generated client out of go-plugin.
type dispenser struct{ plugin.NetRPCUnsupportedPlugin }

// GRPCServer implements plugin.GRPCPlugin; the host serves nothing.
func (*dispenser) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the host is no plugin")
}

// GRPCClient implements plugin.GRPCPlugin.
func (*dispenser) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return protocol.NewDestinationClient(conn), nil
}
