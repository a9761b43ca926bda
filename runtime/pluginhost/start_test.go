package pluginhost

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
	"github.com/leat-dev/leat/plugins/protocol"
)

// TestStartError: go-plugin tells by text only why a plugin did not start.
func TestStartError(t *testing.T) {
	for _, c := range []struct {
		err  error
		code diag.Code
	}{
		{errors.New("incompatible API version with plugin. Plugin version: 9, Client versions: [1]"), diag.PluginProtocolVersion},
		{errors.New("unsupported plugin protocol \"netrpc\""), diag.PluginProtocolVersion},
		{errors.New("timeout while waiting for plugin to start"), diag.PluginStartFailed},
		{fmt.Errorf("fork/exec: %w", os.ErrPermission), diag.PluginStartFailed},
		{errors.New("plugin printed a secret-canary and died"), diag.PluginStartFailed},
	} {
		d, ok := DiagnosticOf(startError(Spec{Type: "acme", Path: "./bin/acme"}, c.err))
		if !ok || d.Code != c.code {
			t.Errorf("%v: %v, want %s", c.err, d, c.code)
		}
		if got := d.Summary + d.Detail; got == "" || strings.Contains(got, "secret-canary") {
			t.Errorf("%v: %q", c.err, got)
		}
		if strings.Contains(c.err.Error(), "version: 9") {
			diagtest.Example(t, c.code, diag.Diagnostics{d})
		}
	}
}

// TestMalformedSchema: a description that cannot be read names the plugin.
func TestMalformedSchema(t *testing.T) {
	c := &Client{spec: Spec{Type: "acme"}}
	_, err := c.schemaOf(&protocol.Schema{Objects: []*protocol.Object{{Name: "things", Fields: []*protocol.Field{{Name: "a", Type: "no such type"}}}}})
	if d, ok := DiagnosticOf(err); !ok || d.Code != diag.PluginSchemaInvalid || !strings.Contains(d.Detail, "acme") {
		t.Errorf("%v", err)
	} else {
		diagtest.Example(t, d.Code, diag.Diagnostics{d})
	}
}
