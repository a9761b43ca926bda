package cli

// Exit is a process exit code. Documentation and tests are generated from
// [ExitCodes].
type Exit int

// The exit codes of DESIGN's table.
const (
	OK           Exit = 0
	Failed       Exit = 1
	Changes      Exit = 2
	Stopped      Exit = 3
	Stale        Exit = 4
	Locked       Exit = 5
	SomeRejected Exit = 6
	Interrupted  Exit = 7
	Usage        Exit = 64
)

// ExitCodes lists every exit code with its meaning, ascending.
var ExitCodes = []struct {
	Code    Exit
	Meaning string
}{
	{OK, "success; for `plan --detailed-exitcode`: no changes"},
	{Failed, "error: configuration, compilation or I/O; with `--check`: a file is not as it should be"},
	{Changes, "`--detailed-exitcode`: there are changes, or differences"},
	{Stopped, "a guard, policy or requirement stopped it; nothing was written anywhere"},
	{Stale, "the saved plan is stale or already done; nothing was written"},
	{Locked, "the state is locked by another run"},
	{SomeRejected, "applied, but some rows were rejected, or the reject rate stopped it"},
	{Interrupted, "interrupted; run `leat apply` again to resume"},
	{Usage, "wrong usage"},
}
