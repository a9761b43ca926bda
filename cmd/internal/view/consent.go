package view

import (
	"github.com/leat-dev/leat/compiler/plan"
)

// withdrawnText says how many of the rows of an operation are removed for want
// of consent.
func withdrawnText(a *plan.Activation, op string, n int64) string {
	w := a.Counts.Withdrawn
	switch {
	case w == 0 || a.Consent == nil || op != a.Consent.OnWithdrawn:
		return ""
	case w == n:
		return ", consent withdrawn"
	}
	return ", " + thousands(w) + " of them consent withdrawn"
}

// blockedText says why rows are blocked.
func blockedText(reason string, a *plan.Activation) string {
	from := ""
	if a.Consent != nil {
		from = " in " + a.Consent.Source.Name
	}
	if reason == "no_consent" {
		return "nothing" + from + " matches"
	}
	return "consent not given" + from
}
