package scaffold

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// exportsBlock declares the destination [exports].
const exportsBlock = `# Where rows go. CSV files need no account, which makes them a place to begin.
destination "file" "exports" {
  config {
    directory = "exports"
    format    = "csv"
  }
}
`

// rootFile is the text of leat.hcl.
func rootFile(version string) []byte {
	return layout("leat.hcl", fmt.Sprintf(`# The root of a leat project: this file and every *.leat.hcl below it.

leat {
  required_version = ">= %s"
}

# What leat remembers of every row it sent. It stays out of version control.
state "local" {
  path = ".leat"
}

%s
# A CRM, once you have the token of an account; leat sandbox runs one to
# rehearse against. Afterwards: leat destinations schema pull
#
# destination "hubspot" "crm" {
#   accepts = ["pii"]
#   config {
#     access_token = env("HUBSPOT_TOKEN")
#   }
# }
`, version, exportsBlock))
}

// mapped is a column with the expression it is sent as.
type mapped struct{ column, expr string }

// draft is an activation to be written.
type draft struct {
	name, from, to string
	declare        bool // the destination is declared in the same file
	description    string
	key            []string
	grade          string
	fields         []mapped
	out            []LeftOut
}

func (d draft) text() []byte {
	var b strings.Builder
	if d.declare {
		b.WriteString(exportsBlock + "\n")
	}
	fmt.Fprintf(&b, `# A first activation: the rows of a model as a CSV file, so that it needs no
# account. Point "to" at another destination once you know where they belong.

activation %s {
  description = %s
  # owner = "team@example.com" # who answers for it: shown in dbt's exposures

  from = %s
  to = %s

`, quote(d.name), quote(d.description), d.from, d.to)
	fmt.Fprintf(&b, "  # Where a row lives in the destination, and who it is. dbt's tests prove it\n  # unique and not null (%s).\n  key = {\n", d.grade)
	for _, k := range d.key {
		fmt.Fprintf(&b, "    %s = %s\n", fieldName(k), rowRef(k))
	}
	b.WriteString("  }\n\n  # field of the destination = expression over the row\n  fields = {\n")
	for _, f := range d.fields {
		fmt.Fprintf(&b, "    %s = %s\n", fieldName(f.column), f.expr)
	}
	for _, o := range d.out {
		fmt.Fprintf(&b, "    # %s = %s # %s\n", fieldName(o.Column), rowRef(o.Column), o.Why)
	}
	b.WriteString(`  }

  # What becomes of a record whose row is gone: "keep", or "delete".
  on_removed = "keep"

  # Nothing at all is written when more than this would change.
  guard {
    max_updates = "50%"
    min_rows = 1
  }
}
`)
	return layout("activation.leat.hcl", b.String())
}

func quote(s string) string { return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes()) }

// identifier reports whether a name can stand without quotes. Hyphens can, but
// read as a subtraction.
func identifier(s string) bool {
	for i, r := range s {
		if r != '_' && !('a' <= r && r <= 'z') && !('A' <= r && r <= 'Z') && (i == 0 || !('0' <= r && r <= '9')) {
			return false
		}
	}
	return s != ""
}

func rowRef(column string) string {
	if identifier(column) {
		return "row." + column
	}
	return "row[" + quote(column) + "]"
}

func fieldName(column string) string {
	if identifier(column) {
		return column
	}
	return quote(column)
}

// activationName makes a valid name of a block out of a model's.
func activationName(model string) string {
	var b strings.Builder
	for _, r := range model {
		if r == '_' || ('a' <= r && r <= 'z') || ('A' <= r && r <= 'Z') || (b.Len() > 0 && '0' <= r && r <= '9') {
			b.WriteRune(r)
		} else if b.Len() > 0 {
			b.WriteByte('_')
		}
	}
	name := strings.Trim(b.String(), "_")
	if name == "" {
		return "first"
	}
	return name
}
