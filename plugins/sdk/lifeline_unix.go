//go:build unix

package sdk

import "syscall"

// closeOnExec keeps a descriptor from processes the plugin starts itself.
func closeOnExec(fd int) { syscall.CloseOnExec(fd) }
