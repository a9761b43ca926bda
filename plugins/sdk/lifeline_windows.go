package sdk

import "syscall"

// closeOnExec keeps a handle from processes the plugin starts itself.
func closeOnExec(fd int) { syscall.CloseOnExec(syscall.Handle(fd)) }
