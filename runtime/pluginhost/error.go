package pluginhost

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/plugins/protocol"
)

// Error is a failure of a plugin, with the diagnostic to show. Its text holds
// neither row values nor what the plugin printed.
type Error struct {
	Diagnostic diag.Diagnostic
	// Fault is the class of a fault of the destination itself, when that is
	// what happened (code PluginFault).
	Fault Fault
}

// Error returns code, summary and detail in one line.
func (e *Error) Error() string {
	return string(e.Diagnostic.Code) + ": " + e.Diagnostic.Summary + ": " + e.Diagnostic.Detail
}

// DiagnosticOf returns the diagnostic an error carries.
func DiagnosticOf(err error) (diag.Diagnostic, bool) {
	var e *Error
	if errors.As(err, &e) {
		return e.Diagnostic, true
	}
	return diag.Diagnostic{}, false
}

// Fault is the class of a fault that hit a whole batch or call; "" is none.
type Fault string

// The fault classes, as leat.proto lists them.
const (
	Throttled    Fault = protocol.FaultThrottled
	ServerFault  Fault = protocol.FaultServer
	TimedOut     Fault = protocol.FaultTimeout
	AuthRefused  Fault = protocol.FaultAuth
	NetworkFault Fault = protocol.FaultNetwork
	NotBegun     Fault = protocol.FaultDeadline
	PluginFailed Fault = protocol.FaultInternal
	SchemaGone   Fault = protocol.FaultSchema
	InvalidBatch Fault = protocol.FaultInvalidBatch
)

var faults = []Fault{Throttled, ServerFault, TimedOut, AuthRefused, NetworkFault, NotBegun, PluginFailed, SchemaGone, InvalidBatch}

// faultAdvice says, for each class, what happened and what to do.
var faultAdvice = map[Fault]string{
	Throttled:    "The destination asked to slow down. Try again later.",
	ServerFault:  "The destination answered with a server error. Try again later.",
	TimedOut:     "The destination did not answer in time. Try again later, or check the address in the config block.",
	AuthRefused:  "The destination refused the credentials. Check the secrets and scopes the config block uses.",
	NetworkFault: "The destination could not be reached. Check the address, the proxy variables and the certificates.",
	NotBegun:     "The request was not begun in time. Run the command again.",
	SchemaGone:   "The destination's object, or a field of it, was dropped or changed. Pull its schema again.",
	InvalidBatch: "The destination refused the whole request because of some of its records.",
	PluginFailed: "The plugin failed. Report it to the plugin's author.",
}

func (c *Client) contract(format string, args ...any) *Error {
	return &Error{Diagnostic: diag.New(diag.PluginContract, c.spec.Range, format, args...).
		WithSummary("bug in plugin %s", c.label())}
}

func (c *Client) died() *Error {
	return &Error{Diagnostic: diag.New(diag.PluginDied, c.spec.Range,
		"The process of plugin %s ended while leat was using it. What was in flight has an unknown outcome. "+
			"Run apply again: it settles unknown rows before it sends more.", c.label())}
}

// vendorCode is the form of a code that may be shown: plugins are told to put
// no values in it, and this keeps one that does from saying much.
var vendorCode = regexp.MustCompile(`^[A-Za-z0-9_. -]{1,40}$`)

// callError maps an error of a unary call or a stream.
func (c *Client) callError(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	st := status.Convert(err)
	if rest, ok := strings.CutPrefix(st.Message(), protocol.FaultPrefix); ok {
		return c.faultError(what, rest)
	}
	switch st.Code() {
	case codes.Unimplemented:
		return &Error{Diagnostic: diag.New(diag.PluginUnsupported, c.spec.Range,
			"Plugin %s does not offer %s. See `leat destinations %s` for what it does.", c.label(), what, c.spec.Type)}
	case codes.Unavailable, codes.Canceled, codes.Unknown:
		return c.died()
	default:
		return c.contract("The plugin answered %s with the status %s. Report this to the plugin's author.", what, st.Code())
	}
}

func (c *Client) faultError(what, rest string) error {
	class, code, _ := strings.Cut(rest, " ")
	fault := Fault(class)
	if !slices.Contains(faults, fault) {
		return c.contract("The plugin answered %s with a fault of no known class. Report this to the plugin's author.", what)
	}
	detail := faultAdvice[fault]
	if vendorCode.MatchString(code) {
		detail += " The destination's code: " + code + "."
	}
	return &Error{Fault: fault, Diagnostic: diag.New(diag.PluginFault, c.spec.Range, "%s", detail).
		WithSummary("%s of destination %s failed", what, c.spec.Type)}
}
