package sandbox

import (
	"encoding/json"
	"net/http"
)

// listProperties is the object's schema.
func (s *Server) listProperties(c *call) *reply {
	return &reply{status: http.StatusOK, body: map[string]any{"results": c.table.sorted()}}
}

func (s *Server) readProperty(c *call) *reply {
	name := c.r.PathValue("name")
	p := c.table.properties[name]
	if p == nil {
		return failure(http.StatusNotFound, "OBJECT_NOT_FOUND", "There is no property "+name+" of "+c.table.Name+".")
	}
	return &reply{status: http.StatusOK, body: p}
}

func (s *Server) createProperty(c *call) *reply {
	var p Property
	if err := json.Unmarshal(c.body, &p); err != nil {
		return invalid("Invalid input JSON.")
	}
	if wrong := p.complete(); wrong != nil {
		return invalid(wrong.Message, *wrong)
	}
	if c.table.properties[p.Name] != nil {
		return failure(http.StatusConflict, "OBJECT_ALREADY_EXISTS", "A property named "+p.Name+" already exists.")
	}
	p.CreatedAt, p.UpdatedAt = instant(c.at), instant(c.at)
	c.table.define(p)
	return &reply{status: http.StatusCreated, body: c.table.properties[p.Name]}
}

// schema is a custom object in the vendor's shape.
type schema struct {
	ID                     string            `json:"id"`
	ObjectTypeID           string            `json:"objectTypeId"`
	Name                   string            `json:"name"`
	FullyQualifiedName     string            `json:"fullyQualifiedName"`
	Labels                 map[string]string `json:"labels"`
	PrimaryDisplayProperty string            `json:"primaryDisplayProperty"`
	RequiredProperties     []string          `json:"requiredProperties"`
	SearchableProperties   []string          `json:"searchableProperties"`
	Properties             []*Property       `json:"properties"`
	Associations           []string          `json:"associations"`
	Archived               bool              `json:"archived"`
}

// schemas lists the custom objects; the vendor's own are not among them.
func (s *Server) schemas(*call) *reply {
	out := []schema{}
	for _, t := range s.crm.tables {
		if !t.custom() {
			continue
		}
		out = append(out, schema{
			ID: t.TypeID[len("2-"):], ObjectTypeID: t.TypeID, Name: t.Name, FullyQualifiedName: fullName(t, s.opt.PortalID),
			Labels:                 map[string]string{"singular": t.Singular, "plural": t.Plural},
			PrimaryDisplayProperty: t.Primary, RequiredProperties: t.Required, SearchableProperties: []string{t.Primary},
			Properties: t.sorted(), Associations: []string{},
		})
	}
	return &reply{status: http.StatusOK, body: map[string]any{"results": out}}
}

// account says which account this is.
func (s *Server) account(*call) *reply {
	return &reply{status: http.StatusOK, body: map[string]any{
		"portalId": s.opt.PortalID, "accountType": "DEVELOPER_TEST", "timeZone": "UTC", "companyCurrency": "EUR",
		"additionalCurrencies": []string{}, "utcOffset": "+00:00", "utcOffsetMilliseconds": 0,
		"uiDomain": "localhost", "dataHostingLocation": "local",
	}}
}
