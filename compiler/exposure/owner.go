package exposure

import (
	"net/url"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/leat-dev/leat/compiler/ir"
	"github.com/leat-dev/leat/lang/addr"
	"github.com/leat-dev/leat/lang/diag"
)

// owner names who answers: the activation's owner, else that of the model's
// group, else the dbt project, with a warning.
func (in Input) owner(a *ir.Activation) (Owner, *diag.Diagnostic) {
	if o := parseOwner(a.Owner); o != (Owner{}) {
		return o, nil
	}
	if in.Manifest != nil {
		if r, ok := in.Manifest.Relation(a.Source.UniqueID); ok && r.Group != "" {
			for _, g := range in.Manifest.Groups {
				first, _, _ := strings.Cut(g.OwnerEmail, ", ")
				if o := (Owner{g.OwnerName, first}); g.Name == r.Group && g.Package == r.Package && o != (Owner{}) {
					return o, nil
				}
			}
		}
	}
	o := Owner{Name: "leat"}
	if in.Manifest != nil && in.Manifest.Metadata.Project != "" {
		o.Name = in.Manifest.Metadata.Project
	}
	d := diag.New(diag.NoOwner, a.Range, "dbt wants an owner for each exposure, so %q stands in. Set owner = \"team@example.com\" in the activation.", o.Name).
		WithSummary("%s has no owner", a.Address())
	return o, &d
}

// parseOwner reads a name, an address, or both: Rev Ops <revops@example.com>.
func parseOwner(s string) Owner {
	s = strings.TrimSpace(s)
	if name, rest, ok := strings.Cut(s, "<"); ok && strings.HasSuffix(rest, ">") && strings.Contains(rest, "@") {
		return Owner{strings.Trim(strings.TrimSpace(name), `"`), strings.TrimSpace(strings.TrimSuffix(rest, ">"))}
	}
	if strings.Contains(s, "@") && !strings.ContainsAny(s, " \t") {
		return Owner{Email: s}
	}
	return Owner{Name: s}
}

// accounts say where people look at an object of an account, by type of
// destination, when its configuration names no address of its own. HubSpot's
// address holds the portal's id; the object's own pages are left to its menu,
// because custom objects have ids there that the schema does not hold.
var accounts = map[string]func(account string) string{
	"hubspot": func(account string) string {
		id, ok := strings.CutPrefix(account, "hubspot:")
		if !ok {
			return ""
		}
		return "https://app.hubspot.com/contacts/" + url.PathEscape(id)
	},
}

// addressAttributes are the attributes of a config block that say where a
// destination is.
var addressAttributes = []string{"base_url", "url"}

// url returns the address of a destination for people; "" when it is not
// known. An address from the environment is not known here, and one made from
// a sensitive variable is not told. Credentials and queries are cut off.
func (in Input) url(a *ir.Activation) string {
	d, ok := in.Destinations[addr.Destination{Type: a.Target.Plugin, Name: a.Target.Destination}]
	if !ok {
		return ""
	}
	for _, name := range addressAttributes {
		for _, s := range d.Settings.Config {
			if s.Name != name {
				continue
			}
			if s.Env != "" || s.Sensitive || s.Value == cty.NilVal || s.Value.IsNull() || !s.Value.IsKnown() || s.Value.Type() != cty.String {
				return ""
			}
			u, err := url.Parse(s.Value.AsString())
			if err != nil || (u.Scheme != "https" && u.Scheme != "http") {
				return ""
			}
			return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
		}
	}
	if f := accounts[a.Target.Plugin]; f != nil {
		return f(a.Target.Account)
	}
	return ""
}
