package hubspot

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
)

// definition is a property as the API describes it.
type definition struct {
	Name        string `json:"name"`
	Label       string `json:"label"`
	Description string `json:"description"`
	Type        string `json:"type"`
	FieldType   string `json:"fieldType"`
	Options     []struct {
		Value string `json:"value"`
	} `json:"options"`
	HasUniqueValue       bool   `json:"hasUniqueValue"`
	Calculated           bool   `json:"calculated"`
	DataSensitivity      string `json:"dataSensitivity"`
	Archived             bool   `json:"archived"`
	ModificationMetadata struct {
		ReadOnlyValue bool `json:"readOnlyValue"`
	} `json:"modificationMetadata"`
}

// custom is a custom object as the API describes it.
type custom struct {
	ObjectTypeID         string   `json:"objectTypeId"`
	Name                 string   `json:"name"`
	Description          string   `json:"description"`
	RequiredProperties   []string `json:"requiredProperties"`
	SearchableProperties []string `json:"searchableProperties"`
	Archived             bool     `json:"archived"`
	Labels               struct {
		Plural string `json:"plural"`
	} `json:"labels"`
}

// Discover reads contacts, companies and the account's custom objects with
// their properties. Custom objects go by their type id (2-1001), which is
// what never changes; objects may ask for one by its name.
func (c *connection) Discover(ctx context.Context, objects []string) (*sdk.Schema, []sdk.Problem, error) {
	account, problems, err := c.Check(ctx)
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	out := plugin{}.Describe()
	out.Account, out.Objects = account.Fingerprint, nil
	wanted := func(names ...string) bool {
		return len(objects) == 0 || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(objects, n) })
	}
	for _, name := range []string{"contacts", "companies"} {
		if !wanted(name) {
			continue
		}
		defs, problem, err := c.definitions(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		if problem != nil {
			problems = append(problems, *problem)
			continue
		}
		out.Objects = append(out.Objects, standardObject(name, defs))
	}
	customs, err := c.customObjects(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, o := range customs {
		if o.Archived || !wanted(o.ObjectTypeID, o.Name) {
			continue
		}
		defs, problem, err := c.definitions(ctx, o.ObjectTypeID)
		if err != nil {
			return nil, nil, err
		}
		if problem != nil {
			problems = append(problems, *problem)
			continue
		}
		out.Objects = append(out.Objects, customObject(o, defs))
	}
	return out, problems, nil
}

// definitions reads an object's properties. A token without the scope for an
// object is the user's to mend.
func (c *connection) definitions(ctx context.Context, object string) ([]definition, *sdk.Problem, error) {
	var body struct {
		Results []definition `json:"results"`
	}
	response, err := c.get(ctx, nil, "/crm/v3/properties/"+url.PathEscape(object), &body)
	if response != nil && response.Status == http.StatusForbidden {
		return nil, &sdk.Problem{Field: "access_token", Summary: "the token may not read the properties of " + object,
			Detail: "Give the private app the schema read scope of this object."}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return body.Results, nil, nil
}

// customObjects lists the custom objects; none where the subscription or the
// token's scopes do not include them.
func (c *connection) customObjects(ctx context.Context) ([]custom, error) {
	var body struct {
		Results []custom `json:"results"`
	}
	response, err := c.get(ctx, nil, "/crm/v3/schemas", &body)
	if response != nil && (response.Status == http.StatusForbidden || response.Status == http.StatusNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return body.Results, nil
}

func standardObject(name string, defs []definition) sdk.Object {
	o := contacts()
	unique := uniqueKeys(name, defs)
	if name == "companies" {
		o = companies()
		// Operations are declared for the weaker way of finding records,
		// whichever key a mapping names.
		unique = append(unique, o.Keys...)
	}
	o.Keys, o.Fields = unique, discovered(name, defs)
	return o
}

func customObject(in custom, defs []definition) sdk.Object {
	keys := uniqueKeys(in.ObjectTypeID, defs)
	o := object(in.ObjectTypeID, cmp.Or(in.Labels.Plural, in.Name), in.ObjectTypeID, len(keys) > 0)
	o.Description, o.Keys, o.Fields = cmp.Or(in.Description, in.Name), keys, discovered(in.ObjectTypeID, defs)
	o.KeysOpen = len(keys) == 0
	for i, f := range o.Fields {
		o.Fields[i].RequiredOnCreate = slices.Contains(in.RequiredProperties, f.Name)
	}
	return o
}

// uniqueKeys returns the properties that name one record. HubSpot says of the
// email of contacts that it has no unique value, yet keeps it unique.
func uniqueKeys(object string, defs []definition) []sdk.Key {
	var out []sdk.Key
	email := object == "contacts"
	if email {
		out = append(out, sdk.Key{Fields: []string{"email"}, Unique: true})
	}
	var names []string
	for _, d := range defs {
		if d.HasUniqueValue && !d.readOnly() && !d.Archived && !(email && d.Name == "email") {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		out = append(out, sdk.Key{Fields: []string{n}, Unique: true})
	}
	return out
}

func (d definition) readOnly() bool { return d.ModificationMetadata.ReadOnlyValue || d.Calculated }

// sensitivities maps the vendor's classes of personal data to leat's.
var sensitivities = map[string]string{"sensitive": "sensitive", "highly_sensitive": "special"}

func discovered(object string, defs []definition) []sdk.Field {
	standard := map[string][]property{"contacts": contactProperties, "companies": companyProperties}[object]
	var out []sdk.Field
	for _, d := range defs {
		if d.Archived {
			continue
		}
		f := sdk.Field{Name: d.Name, Label: d.Label, Description: d.Description, Type: d.leatType(), VendorType: d.Type + "/" + d.FieldType,
			Nullable: true, Clear: sdk.ClearEmpty, ReadOnly: d.readOnly(), Unique: d.HasUniqueValue, PII: sensitivities[d.DataSensitivity]}
		if i := slices.IndexFunc(standard, func(p property) bool { return p.name == d.Name }); i >= 0 && f.PII == "" {
			f.PII = standard[i].pii
		}
		if object == "contacts" && d.Name == "email" {
			f.Unique, f.Normalise = true, "lower_trim"
		}
		out = append(out, f)
	}
	return out
}

// leatType translates a property's type. Checkboxes of true and false are
// truth values however the vendor calls them; several choices in one property
// travel as one text, with semicolons between.
func (d definition) leatType() string {
	options := make([]string, len(d.Options))
	for i, o := range d.Options {
		options[i] = o.Value
	}
	if d.Type == "enumeration" {
		switch truth := slices.Sorted(slices.Values(options)); {
		case d.FieldType == "booleancheckbox" && slices.Equal(truth, []string{"false", "true"}):
			return "bool"
		case d.FieldType == "checkbox":
			return textType
		}
	}
	return leatType(d.Type, options)
}

func enumType(options []string) string {
	quoted := make([]string, len(options))
	for i, o := range options {
		quoted[i] = strconv.Quote(o)
	}
	return "enum(" + strings.Join(quoted, ", ") + ")"
}
