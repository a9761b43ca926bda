package check

import (
	"strings"
	"time"

	"github.com/leat-dev/leat/compiler/manifest"
	"github.com/leat-dev/leat/lang/diag"
	"github.com/leat-dev/leat/lang/syntax"
)

// govern holds the use of a model against what its owners allow: access and
// groups, versions and deprecation dates.
func (u *unit) govern(from *syntax.SourceRef, rel *manifest.Relation) {
	if rel.Access == "private" {
		u.private(from, rel)
	}
	if rel.DeprecationDate != "" && !u.in.AsOf.IsZero() {
		u.deprecated(from, rel)
	}
}

// private reports a private model, unless the activation is its group's own.
func (u *unit) private(from *syntax.SourceRef, rel *manifest.Relation) {
	group, ok := u.in.Manifest.GroupOf(rel)
	if ok && group.OwnedBy(u.set.Owner.Value) {
		return
	}
	whose, remedy := "no group, so nothing outside its dbt project may use it", ""
	if rel.Group != "" {
		whose = "the group " + rel.Group
	}
	if ok && group.Owner() != "" {
		whose += ", owned by " + group.Owner()
		owner := group.OwnerEmail
		if owner == "" {
			owner = group.OwnerName
		}
		owner, _, _ = strings.Cut(owner, ", ")
		remedy = " If this activation is the group's own, write owner = \"" + owner + "\"."
	}
	d := diag.New(diag.ModelPrivate, from.Range, "%s has access: private and belongs to %s. Activate a protected or public model, or ask for this one to be opened.%s", from, whose, remedy).
		WithSummary("%s is private", from)
	u.report(u.declaredAt(d, rel, "access"))
}

// deprecated warns of a deprecation date, passed or to come.
func (u *unit) deprecated(from *syntax.SourceRef, rel *manifest.Relation) {
	at, ok := manifest.ParseDate(rel.DeprecationDate)
	if !ok {
		return
	}
	day := at.UTC().Format(time.DateOnly)
	code, what := diag.ModelDeprecating, "will be deprecated on "+day
	if !at.After(u.in.AsOf) {
		code, what = diag.ModelDeprecated, "has been deprecated since "+day
	}
	var fix *diag.Edit
	remedy := "Move to what replaces it."
	if rel.LatestVersion != "" && rel.LatestVersion != rel.Version {
		remedy = "The latest version is " + rel.LatestVersion + "."
		if from.VersionRange != (diag.Range{}) {
			remedy += " Write ref(\"" + rel.Name + ".v" + rel.LatestVersion + "\") once the columns are the ones you map."
			fix = &diag.Edit{Range: from.VersionRange, NewText: "v" + rel.LatestVersion}
		}
	}
	d := diag.New(code, from.Range, "%s %s. %s", from, what, remedy).WithSummary("%s %s", from, what)
	if fix != nil {
		d = d.WithFix("use v"+rel.LatestVersion, *fix)
	}
	u.report(u.declaredAt(d, rel, "deprecation_date"))
}

// declaredAt relates a diagnostic to what the dbt file that describes a model
// says under a key.
func (u *unit) declaredAt(d diag.Diagnostic, rel *manifest.Relation, key string) diag.Diagnostic {
	if at := u.places.Model(rel, key); at.Filename != "" {
		return d.WithRelated(at, "%s is declared here", rel.UniqueID)
	}
	return d
}
