package pluginhost

import (
	"os"
	"os/exec"
	"syscall"
)

// passesFiles says that a child can inherit open files by number. On Windows
// it cannot: there the plugin has neither lifeline nor lock.
const passesFiles = false

// isolate keeps Ctrl-C of the console from the plugin.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func killAll(p *os.Process) error { return p.Kill() }
