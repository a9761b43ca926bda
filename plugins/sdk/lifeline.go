package sdk

import (
	"io"
	"os"
	"strconv"

	"github.com/leat-dev/leat/plugins/protocol"
)

// heldLock keeps the inherited state lock reachable, so that the garbage
// collector never closes it.
var heldLock *os.File //nolint:unused // nobody reads it; being reachable is its use

// holdInherited takes over the descriptors the host passed: it watches the
// lifeline and keeps the lock open until the process ends.
func holdInherited() {
	heldLock = inherited(protocol.LockEnv)
	if line := inherited(protocol.LifelineEnv); line != nil {
		go func() {
			_, _ = io.Copy(io.Discard, line) // nothing is ever sent; it ends with the host
			os.Exit(1)
		}()
	}
}

// inherited opens the descriptor whose number an environment variable gives;
// nil when there is none.
func inherited(env string) *os.File {
	fd, err := strconv.Atoi(os.Getenv(env))
	if err != nil || fd < 3 {
		return nil
	}
	closeOnExec(fd)
	return os.NewFile(uintptr(fd), env)
}
