package hubspot

import (
	"strings"

	"github.com/leat-dev/leat/plugins/sdk"
)

// property is a standard property in brief.
type property struct {
	name, label, kind string   // kind is the vendor's type
	options           []string // of an enumeration
	open              bool     // accounts add options of their own
	readOnly          bool
	pii               string
}

// The standard properties that people map to, from HubSpot's pages on the
// default properties of contacts and of companies. Accounts change the options
// of many enumerations; those are open here, and exact after a schema pull.
var contactProperties = []property{
	{name: "email", label: "Email", kind: "string", pii: "contact"},
	{name: "firstname", label: "First name", kind: "string", pii: "identifier"},
	{name: "lastname", label: "Last name", kind: "string", pii: "identifier"},
	{name: "salutation", label: "Salutation", kind: "string"},
	{name: "phone", label: "Phone number", kind: "string", pii: "contact"},
	{name: "mobilephone", label: "Mobile phone number", kind: "string", pii: "contact"},
	{name: "fax", label: "Fax number", kind: "string", pii: "contact"},
	{name: "company", label: "Company name", kind: "string"},
	{name: "website", label: "Website URL", kind: "string"},
	{name: "jobtitle", label: "Job title", kind: "string"},
	{name: "industry", label: "Industry", kind: "string"},
	{name: "address", label: "Street address", kind: "string", pii: "contact"},
	{name: "city", label: "City", kind: "string"},
	{name: "state", label: "State or region", kind: "string"},
	{name: "zip", label: "Postal code", kind: "string"},
	{name: "country", label: "Country or region", kind: "string"},
	{name: "hs_language", label: "Preferred language", kind: "enumeration", options: languages, open: true},
	{name: "lifecyclestage", label: "Lifecycle stage", kind: "enumeration", options: lifecycle, open: true},
	{name: "hs_lead_status", label: "Lead status", kind: "enumeration", options: leadStatus, open: true},
	{name: "date_of_birth", label: "Date of birth", kind: "string", pii: "identifier"},
	{name: "closedate", label: "Close date", kind: "datetime"},
	{name: "annualrevenue", label: "Annual revenue", kind: "string"},
	{name: "message", label: "Message", kind: "string"},
	{name: "twitterhandle", label: "Twitter username", kind: "string", pii: "identifier"},
	{name: "hubspot_owner_id", label: "Contact owner", kind: "string"},
	{name: "hs_object_id", label: "Record ID", kind: "number", readOnly: true},
	{name: "createdate", label: "Create date", kind: "datetime", readOnly: true},
	{name: "lastmodifieddate", label: "Last modified date", kind: "datetime", readOnly: true},
	{name: "hs_additional_emails", label: "Additional email addresses", kind: "string", readOnly: true, pii: "contact"},
	{name: "associatedcompanyid", label: "Primary associated company ID", kind: "number", readOnly: true},
}

var companyProperties = []property{
	{name: "name", label: "Company name", kind: "string"},
	{name: "domain", label: "Company domain name", kind: "string"},
	{name: "website", label: "Website URL", kind: "string"},
	{name: "industry", label: "Industry", kind: "enumeration", options: industries, open: true},
	{name: "description", label: "Description", kind: "string"},
	{name: "about_us", label: "About us", kind: "string"},
	{name: "phone", label: "Phone number", kind: "string", pii: "contact"},
	{name: "address", label: "Street address", kind: "string"},
	{name: "address2", label: "Street address 2", kind: "string"},
	{name: "city", label: "City", kind: "string"},
	{name: "state", label: "State or region", kind: "string"},
	{name: "zip", label: "Postal code", kind: "string"},
	{name: "country", label: "Country or region", kind: "string"},
	{name: "timezone", label: "Time zone", kind: "string"},
	{name: "numberofemployees", label: "Number of employees", kind: "number"},
	{name: "annualrevenue", label: "Annual revenue", kind: "number"},
	{name: "founded_year", label: "Year founded", kind: "string"},
	{name: "is_public", label: "Is public", kind: "bool"},
	{name: "type", label: "Type", kind: "enumeration", options: companyTypes, open: true},
	{name: "lifecyclestage", label: "Lifecycle stage", kind: "enumeration", options: lifecycle, open: true},
	{name: "hs_lead_status", label: "Lead status", kind: "enumeration", options: leadStatus, open: true},
	{name: "closedate", label: "Close date", kind: "datetime"},
	{name: "linkedin_company_page", label: "LinkedIn company page", kind: "string"},
	{name: "twitterhandle", label: "Twitter handle", kind: "string"},
	{name: "hubspot_owner_id", label: "Company owner", kind: "string"},
	{name: "hs_object_id", label: "Record ID", kind: "number", readOnly: true},
	{name: "createdate", label: "Create date", kind: "datetime", readOnly: true},
	{name: "hs_lastmodifieddate", label: "Last modified date", kind: "datetime", readOnly: true},
	{name: "num_associated_contacts", label: "Number of associated contacts", kind: "number", readOnly: true},
}

var (
	lifecycle = []string{"subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist", "other"}

	leadStatus = []string{"NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING"}

	companyTypes = []string{"PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER"}

	languages = []string{"da", "de", "en", "es", "fi", "fr", "it", "ja", "nl", "no", "pl", "pt", "pt-br", "ru", "sv", "zh"}

	industries = strings.Fields(`ACCOUNTING AIRLINES_AVIATION ALTERNATIVE_DISPUTE_RESOLUTION ALTERNATIVE_MEDICINE ANIMATION
		APPAREL_FASHION ARCHITECTURE_PLANNING ARTS_AND_CRAFTS AUTOMOTIVE AVIATION_AEROSPACE BANKING BIOTECHNOLOGY
		BROADCAST_MEDIA BUILDING_MATERIALS CAPITAL_MARKETS CHEMICALS CIVIL_ENGINEERING COMPUTER_GAMES COMPUTER_HARDWARE
		COMPUTER_NETWORKING COMPUTER_SOFTWARE CONSTRUCTION CONSUMER_ELECTRONICS CONSUMER_GOODS CONSUMER_SERVICES
		COSMETICS DAIRY DESIGN EDUCATION_MANAGEMENT E_LEARNING ENTERTAINMENT ENVIRONMENTAL_SERVICES EVENTS_SERVICES
		FARMING FINANCIAL_SERVICES FOOD_BEVERAGES FOOD_PRODUCTION FURNITURE GRAPHIC_DESIGN HEALTH_WELLNESS_AND_FITNESS
		HIGHER_EDUCATION HOSPITALITY HOSPITAL_HEALTH_CARE HUMAN_RESOURCES IMPORT_AND_EXPORT
		INFORMATION_TECHNOLOGY_AND_SERVICES INSURANCE INTERNET INVESTMENT_MANAGEMENT LAW_PRACTICE LEGAL_SERVICES
		LEISURE_TRAVEL_TOURISM LOGISTICS_AND_SUPPLY_CHAIN MACHINERY MANAGEMENT_CONSULTING MARKETING_AND_ADVERTISING
		MEDIA_PRODUCTION MEDICAL_DEVICES NON_PROFIT_ORGANIZATION_MANAGEMENT OIL_ENERGY PHARMACEUTICALS PUBLISHING
		REAL_ESTATE RESEARCH RESTAURANTS RETAIL SPORTS STAFFING_AND_RECRUITING TELECOMMUNICATIONS TEXTILES
		TRANSPORTATION_TRUCKING_RAILROAD UTILITIES WAREHOUSING WHOLESALE WINE_AND_SPIRITS WIRELESS`)
)

func fields(list []property) []sdk.Field {
	out := make([]sdk.Field, len(list))
	for i, p := range list {
		out[i] = field(p)
	}
	return out
}

// field describes a property. Every property is optional and is emptied with
// "". A text holds up to 65,536 characters.
func field(p property) sdk.Field {
	f := sdk.Field{Name: p.name, Label: p.label, VendorType: p.kind, Nullable: true, Clear: sdk.ClearEmpty, ReadOnly: p.readOnly, PII: p.pii, EnumOpen: p.open}
	f.Type = leatType(p.kind, p.options)
	if p.name == "email" {
		f.Unique, f.Normalise = true, "lower_trim"
	}
	return f
}

// leatTypes maps the vendor's property types. Numbers are decimals wide enough
// for every whole number and every amount of money.
var leatTypes = map[string]string{
	"number": "decimal(38,10)", "bool": "bool", "date": "date", "datetime": "timestamptz",
}

const textType = "string(65536)"

// leatType translates a type; what leat has no type for travels as text.
func leatType(kind string, options []string) string {
	if kind == "enumeration" && len(options) > 0 {
		return enumType(options)
	}
	if t, ok := leatTypes[kind]; ok {
		return t
	}
	return textType
}
