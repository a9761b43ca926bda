package hubspot

import (
	"github.com/leat-dev/leat/plugins/sdk"
)

// maxRecords is the most records of a batch.
const maxRecords = 100

// object makes an object with the operations that its way of finding records
// allows: native is by a unique property, else by search.
func object(name, label, path string, native bool) sdk.Object {
	o := sdk.Object{Name: name, Label: label, Readable: sdk.ReadByKey, Removal: []string{"archive", "clear"}, Rekey: true}
	base := "POST /crm/v3/objects/" + path
	add := func(name, endpoint, retry string, calls int, limits ...string) {
		o.Operations = append(o.Operations, sdk.Operation{Name: name, Endpoint: base + endpoint, Retry: retry,
			MaxRecords: maxRecords, CallsPerBatch: calls, Limits: append(limits, "daily")})
	}
	if native {
		add("upsert", "/batch/upsert", sdk.Idempotent, 1, "burst")
		add("create", "/batch/create", sdk.RetryReadable, 1, "burst")
		add("update", "/batch/update", sdk.Idempotent, 1, "burst")
		add("archive", "/batch/archive", sdk.Idempotent, 1, "burst")
		add("read", "/batch/read", sdk.Idempotent, 1, "burst")
		return o
	}
	add("upsert", "/search, /batch/update, /batch/create", sdk.RetryReadable, 2, "burst", "search")
	add("create", "/search, /batch/create", sdk.RetryReadable, 2, "burst", "search")
	add("update", "/search, /batch/update", sdk.Idempotent, 2, "burst", "search")
	add("archive", "/search, /batch/archive", sdk.Idempotent, 2, "burst", "search")
	add("read", "/search", sdk.Idempotent, 1, "search")
	return o
}

func contacts() sdk.Object {
	o := object("contacts", "Contacts", "contacts", true)
	o.Description = "People. Custom properties come with `leat destinations schema pull`."
	o.Keys = []sdk.Key{{Fields: []string{"email"}, Unique: true}}
	o.Fields = fields(contactProperties)
	return o
}

func companies() sdk.Object {
	o := object("companies", "Companies", "companies", false)
	o.Description = "Organisations. HubSpot guarantees no property of a company to be unique. Custom properties come with `leat destinations schema pull`."
	o.Keys = []sdk.Key{{Fields: []string{"domain"}}, {Fields: []string{"name"}}}
	o.Fields = fields(companyProperties)
	return o
}
