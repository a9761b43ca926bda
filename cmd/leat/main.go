// Command leat activates dbt models: it compiles activations, plans changes
// and applies exactly what was planned. See README.md.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/leat-dev/leat/cmd/internal/cli"
)

func main() { os.Exit(run(time.Now)) }

func run(now func() time.Time) int {
	if cli.ServePlugin(os.Args[1:]) {
		return 0
	}
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintf(os.Stderr, "Error: the working directory cannot be read: %v\n", err)
		return int(cli.Failed)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	width, _, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		width = 0
	}
	return int(cli.Do(ctx, os.Args[1:], cli.System{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Env: os.LookupEnv, Dir: dir, Now: now, Random: rand.Reader,
		Terminal: term.IsTerminal(int(os.Stdout.Fd())), ErrTTY: term.IsTerminal(int(os.Stderr.Fd())), Width: width,
	}))
}
