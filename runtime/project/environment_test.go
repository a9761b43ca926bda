package project

import (
	"testing"

	"github.com/leat-dev/leat/compiler/profile"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/diag/diagtest"
	"github.com/leat-dev/leat/lang/syntax"
)

// TestEnvironment: as configured, else the dbt target's name, else not known.
func TestEnvironment(t *testing.T) {
	p := &Project{}
	if env, ds := p.Environment(&profile.Target{Name: "dev"}); env != "dev" || ds != nil {
		t.Errorf("%q %v", env, ds)
	}
	if env, ds := p.Environment(nil); env != "" || len(ds) != 1 || ds[0].Code != diag.NoEnvironment {
		t.Errorf("%q %v", env, ds)
	} else {
		diagtest.Example(t, diag.NoEnvironment, ds)
	}
	p.Settings.Environment = syntax.Value[string]{Set: true, Value: "prod"}
	if env, ds := p.Environment(nil); env != "prod" || ds != nil {
		t.Errorf("%q %v", env, ds)
	}
}
