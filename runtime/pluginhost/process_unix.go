//go:build unix

package pluginhost

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// passesFiles says that a child can inherit open files by number.
const passesFiles = true

// isolate gives the plugin a process group of its own: Ctrl-C in the terminal
// reaches leat only, which then lets the batch in flight end.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// killAll kills the plugin and what it started itself.
func killAll(p *os.Process) error {
	err := syscall.Kill(-p.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
