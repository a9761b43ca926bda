package exposure

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/leat-dev/leat/compiler/ir"
)

// prefix begins the names of all exposures, so that they stand apart from
// those people write.
const prefix = "leat_"

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	otherRune = regexp.MustCompile(`[^A-Za-z0-9_]`)
)

// names gives each activation a name by dbt's rule: letters, digits and
// underscores. A name that is such already is kept; of any other, and of an
// instance whose name another one has, a few digits of a hash keep it apart.
// The name of an activation therefore never depends on the order.
func names(activations []ir.Activation) []string {
	out := make([]string, len(activations))
	taken := map[string]bool{}
	for i := range activations {
		if a := addressOf(&activations[i]); a.Key == "" && plainName.MatchString(a.Name) {
			out[i] = prefix + a.Name
			taken[out[i]] = true
		}
	}
	for i := range activations {
		if out[i] != "" {
			continue
		}
		a := addressOf(&activations[i])
		whole := a.Name
		if a.Key != "" {
			whole += "__" + a.Key
		}
		base := prefix + strings.ToLower(otherRune.ReplaceAllString(whole, "_"))
		name := prefix + whole
		sum := sha256.Sum256([]byte(a.String()))
		digits := hex.EncodeToString(sum[:])
		for n := 6; !plainName.MatchString(name) || taken[name]; n += 6 {
			name = base + "_" + digits[:min(n, len(digits))]
		}
		out[i] = name
		taken[name] = true
	}
	return out
}
