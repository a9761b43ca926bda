package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/leat-dev/leat/plugins/protocol"
)

// process runs a plugin for go-plugin, in place of its own runner, which would
// hand the terminal over as standard input.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr io.ReadCloser
	// lifeline is the write end of a pipe whose read end the plugin watches.
	// It is never written; the kernel closes it when this process ends.
	lifeline *os.File
	inherit  []*os.File // the child's ends, closed here once it has started
}

func newProcess(path string, args, env []string, dir string, lock *os.File) (*process, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make lifeline: %w", err)
	}
	p := &process{lifeline: write, inherit: []*os.File{read}}
	p.cmd = &exec.Cmd{Path: path, Args: args, Env: env, Dir: dir} // Stdin nil: the null device
	if passesFiles {
		p.pass(protocol.LifelineEnv, read)
		if lock != nil {
			p.pass(protocol.LockEnv, lock)
		}
	}
	isolate(p.cmd)
	if p.stdout, err = p.cmd.StdoutPipe(); err == nil {
		p.stderr, err = p.cmd.StderrPipe()
	}
	if err != nil {
		p.closeFiles()
		return nil, fmt.Errorf("make plugin pipes: %w", err)
	}
	return p, nil
}

// pass lets the plugin inherit an open file under a number it is told.
func (p *process) pass(env string, f *os.File) {
	const firstExtra = 3 // after the standard streams
	p.cmd.Env = append(p.cmd.Env, env+"="+strconv.Itoa(firstExtra+len(p.cmd.ExtraFiles)))
	p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, f)
}

// Start implements runner.Runner.
func (p *process) Start(context.Context) error {
	err := p.cmd.Start()
	for _, f := range p.inherit {
		_ = f.Close() // the child has its own
	}
	p.inherit = nil
	if err != nil {
		p.closeFiles()
		return fmt.Errorf("start plugin: %w", err)
	}
	return nil
}

func (p *process) closeFiles() {
	for _, f := range append(p.inherit, p.lifeline) {
		_ = f.Close() // nothing was written to it
	}
}

// Wait implements runner.AttachedRunner.
func (p *process) Wait(context.Context) error {
	err := p.cmd.Wait()
	_ = p.lifeline.Close() // nobody watches any more
	return err
}

// Kill implements runner.AttachedRunner. It may be called again.
func (p *process) Kill(context.Context) error {
	if p.cmd.Process == nil {
		return nil
	}
	if err := killAll(p.cmd.Process); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill plugin: %w", err)
	}
	return nil
}

// Stdout implements runner.Runner.
func (p *process) Stdout() io.ReadCloser { return p.stdout }

// Stderr implements runner.Runner.
func (p *process) Stderr() io.ReadCloser { return p.stderr }

// Name implements runner.Runner.
func (p *process) Name() string { return "plugin" }

// ID implements runner.AttachedRunner; "" before the start.
func (p *process) ID() string {
	if p.cmd.Process == nil {
		return ""
	}
	return strconv.Itoa(p.cmd.Process.Pid)
}

// Diagnose implements runner.Runner; startError has the words for users.
func (p *process) Diagnose(context.Context) string { return "" }

// PluginToHost implements runner.AddrTranslator: both see one file system.
func (p *process) PluginToHost(network, addr string) (string, string, error) {
	return network, addr, nil
}

// HostToPlugin implements runner.AddrTranslator.
func (p *process) HostToPlugin(network, addr string) (string, string, error) {
	return network, addr, nil
}
