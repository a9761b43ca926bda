package syntax

import (
	"github.com/hashicorp/go-version"

	"github.com/leat-dev/leat/lang/diag"
)

// CheckVersion compares `required_version` with the version that is running,
// such as "0.1.0". A pre-release counts as the release it leads to. A running
// version that is no version, such as "dev", fits every constraint.
func (c *Config) CheckVersion(running string) diag.Diagnostics {
	if c.Leat == nil || c.Leat.RequiredVersion == nil {
		return nil
	}
	expr := c.Leat.RequiredVersion.Expr
	text, _, ok := literal(expr)
	constraint, err := version.NewConstraint(text)
	if !ok || err != nil {
		return diag.Diagnostics{diag.New(diag.InvalidConstraint, expr.Range(), "Write a plain string such as \">= 0.1.0\", \"~> 0.3\" or \">= 0.1, < 1.0\".").
			WithSummary("`required_version` is not a version constraint")}
	}
	v, err := version.NewVersion(running)
	if err != nil || constraint.Check(v.Core()) {
		return nil
	}
	return diag.Diagnostics{diag.New(diag.WrongVersion, expr.Range(), "This is leat %s. Install a version that fits %s, or widen the constraint.", running, text).
		WithSummary("The project requires leat %s", text)}
}
