package sandbox

import (
	"slices"
	"strings"
)

// Object is a kind of record.
type Object struct {
	Name       string     // in paths: "contacts"
	TypeID     string     // the vendor's number for it, also good in paths: "0-1"
	Singular   string     // "Contact"
	Plural     string     // "Contacts"
	Primary    string     // the property people know a record by
	Required   []string   // properties a new record must have
	Shown      []string   // properties an answer holds when the request names none; the system's are added
	Modified   string     // the property that holds the time of the last change
	Properties []Property // without the system's: hs_object_id, createdate and Modified
}

// custom reports whether the account made the object itself. The vendor numbers those from 2-.
func (o *Object) custom() bool { return strings.HasPrefix(o.TypeID, "2-") }

// StandardObjects returns contacts, companies and the custom object visits (2-1001): the vendor's standard properties
// that people map to, and on contacts some custom ones for customer values. The caller may change what it gets.
func StandardObjects() []Object {
	return []Object{
		{
			Name: "contacts", TypeID: "0-1", Singular: "Contact", Plural: "Contacts", Primary: "email", Modified: "lastmodifieddate",
			Shown:      []string{"email", "firstname", "lastname"},
			Properties: slices.Concat(vendor("contactinformation", contactRows), own("customer_values", valueRows)),
		},
		{
			Name: "companies", TypeID: "0-2", Singular: "Company", Plural: "Companies", Primary: "name", Modified: "hs_lastmodifieddate",
			Shown:      []string{"name", "domain"},
			Properties: vendor("companyinformation", companyRows),
		},
		{
			Name: "visits", TypeID: "2-1001", Singular: "Visit", Plural: "Visits", Primary: "visit_id", Modified: "hs_lastmodifieddate",
			Required: []string{"visit_id"}, Shown: []string{"visit_id"},
			Properties: own("visits_information", visitRows),
		},
	}
}

// row is a property in brief: the vendor's type, a slash, its field type; then the options, values and labels in turn.
type row struct {
	name, label, kind string
	options           []Option
	unique            bool
	readOnly          bool
}

var contactRows = []row{
	{name: "email", label: "Email", kind: "string/text", unique: true},
	{name: "firstname", label: "First Name", kind: "string/text"},
	{name: "lastname", label: "Last Name", kind: "string/text"},
	{name: "salutation", label: "Salutation", kind: "string/text"},
	{name: "phone", label: "Phone Number", kind: "string/phonenumber"},
	{name: "mobilephone", label: "Mobile Phone Number", kind: "string/phonenumber"},
	{name: "fax", label: "Fax Number", kind: "string/phonenumber"},
	{name: "company", label: "Company Name", kind: "string/text"},
	{name: "website", label: "Website URL", kind: "string/text"},
	{name: "jobtitle", label: "Job Title", kind: "string/text"},
	{name: "industry", label: "Industry", kind: "string/text"},
	{name: "address", label: "Street Address", kind: "string/text"},
	{name: "city", label: "City", kind: "string/text"},
	{name: "state", label: "State/Region", kind: "string/text"},
	{name: "zip", label: "Postal Code", kind: "string/text"},
	{name: "country", label: "Country/Region", kind: "string/text"},
	{name: "hs_language", label: "Preferred language", kind: "enumeration/select", options: languages},
	{name: "lifecyclestage", label: "Lifecycle Stage", kind: "enumeration/radio", options: lifecycle},
	{name: "hs_lead_status", label: "Lead Status", kind: "enumeration/radio", options: leadStatus},
	{name: "date_of_birth", label: "Date of birth", kind: "string/text"},
	{name: "closedate", label: "Close Date", kind: "datetime/date"},
	{name: "annualrevenue", label: "Annual Revenue", kind: "string/text"},
	{name: "numemployees", label: "Number of Employees", kind: "enumeration/select", options: options("1-5", "1-5", "5-25", "5-25", "25-50", "25-50", "50-100", "50-100", "100-500", "100-500", "500-1000", "500-1000", "1000+", "1000+")},
	{name: "message", label: "Message", kind: "string/textarea"},
	{name: "twitterhandle", label: "Twitter Username", kind: "string/text"},
	{name: "hubspot_owner_id", label: "Contact owner", kind: "string/text"},
	{name: "hs_additional_emails", label: "Additional email addresses", kind: "string/text", readOnly: true},
	{name: "associatedcompanyid", label: "Primary Associated Company ID", kind: "number/number", readOnly: true},
	{name: "hs_persona", label: "Persona", kind: "enumeration/select", options: options("persona_1", "First persona")},
}

// valueRows are custom properties of contacts such as an account keeps for its own measures.
var valueRows = []row{
	{name: "lifetime_value", label: "Lifetime value", kind: "number/number"},
	{name: "number_of_orders", label: "Number of orders", kind: "number/number"},
	{name: "segment", label: "Segment", kind: "enumeration/select", options: options("new", "New", "returning", "Returning", "loyal", "Loyal", "lost", "Lost")},
	{name: "first_order", label: "First order", kind: "date/date"},
	{name: "most_recent_order", label: "Most recent order", kind: "date/date"},
	{name: "is_loyal", label: "Is loyal", kind: "enumeration/booleancheckbox", options: options("true", "Yes", "false", "No")},
	{name: "last_seen_at", label: "Last seen at", kind: "datetime/date"},
	{name: "interests", label: "Interests", kind: "enumeration/checkbox", options: options("coffee", "Coffee", "tea", "Tea", "food", "Food")},
}

var companyRows = []row{
	{name: "name", label: "Company name", kind: "string/text"},
	{name: "domain", label: "Company Domain Name", kind: "string/text"},
	{name: "website", label: "Website URL", kind: "string/text"},
	{name: "industry", label: "Industry", kind: "enumeration/select", options: industries()},
	{name: "description", label: "Description", kind: "string/textarea"},
	{name: "about_us", label: "About Us", kind: "string/textarea"},
	{name: "phone", label: "Phone Number", kind: "string/phonenumber"},
	{name: "address", label: "Street Address", kind: "string/text"},
	{name: "address2", label: "Street Address 2", kind: "string/text"},
	{name: "city", label: "City", kind: "string/text"},
	{name: "state", label: "State/Region", kind: "string/text"},
	{name: "zip", label: "Postal Code", kind: "string/text"},
	{name: "country", label: "Country/Region", kind: "string/text"},
	{name: "timezone", label: "Time Zone", kind: "string/text"},
	{name: "numberofemployees", label: "Number of Employees", kind: "number/number"},
	{name: "annualrevenue", label: "Annual Revenue", kind: "number/number"},
	{name: "founded_year", label: "Year Founded", kind: "string/text"},
	{name: "is_public", label: "Is Public", kind: "bool/booleancheckbox", options: options("true", "True", "false", "False")},
	{name: "type", label: "Type", kind: "enumeration/select", options: options("PROSPECT", "Prospect", "PARTNER", "Partner", "RESELLER", "Reseller", "VENDOR", "Vendor", "OTHER", "Other")},
	{name: "lifecyclestage", label: "Lifecycle Stage", kind: "enumeration/radio", options: lifecycle},
	{name: "closedate", label: "Close Date", kind: "datetime/date"},
	{name: "linkedin_company_page", label: "LinkedIn Company Page", kind: "string/text"},
	{name: "twitterhandle", label: "Twitter Handle", kind: "string/text"},
	{name: "hs_lead_status", label: "Lead Status", kind: "enumeration/radio", options: leadStatus},
	{name: "hubspot_owner_id", label: "Company owner", kind: "string/text"},
	{name: "num_associated_contacts", label: "Number of Associated Contacts", kind: "number/number", readOnly: true},
}

var visitRows = []row{
	{name: "visit_id", label: "Visit", kind: "string/text", unique: true},
	{name: "visited_at", label: "Visited at", kind: "datetime/date"},
	{name: "visited_on", label: "Visited on", kind: "date/date"},
	{name: "pages", label: "Pages", kind: "number/number"},
	{name: "channel", label: "Channel", kind: "enumeration/select", options: options("direct", "Direct", "search", "Search", "mail", "Mail")},
	{name: "converted", label: "Converted", kind: "bool/booleancheckbox", options: options("true", "Yes", "false", "No")},
	{name: "note", label: "Note", kind: "string/textarea"},
}

var leadStatus = options("NEW", "New", "OPEN", "Open", "IN_PROGRESS", "In Progress", "OPEN_DEAL", "Open Deal",
	"UNQUALIFIED", "Unqualified", "ATTEMPTED_TO_CONTACT", "Attempted to Contact", "CONNECTED", "Connected", "BAD_TIMING", "Bad Timing")

var languages = options("da", "Danish", "de", "German", "en", "English", "es", "Spanish", "fi", "Finnish", "fr", "French", "it", "Italian",
	"ja", "Japanese", "nl", "Dutch", "no", "Norwegian", "pl", "Polish", "pt", "Portuguese", "pt-br", "Portuguese - Brazil", "ru", "Russian",
	"sv", "Swedish", "zh", "Chinese")

var lifecycle = options("subscriber", "Subscriber", "lead", "Lead", "marketingqualifiedlead", "Marketing Qualified Lead",
	"salesqualifiedlead", "Sales Qualified Lead", "opportunity", "Opportunity", "customer", "Customer", "evangelist", "Evangelist", "other", "Other")

// vendor and own make definitions of rows: the vendor's own properties, and those an account added.
func vendor(group string, rows []row) []Property {
	ps := define(group, rows)
	for i := range ps {
		ps[i].HubspotDefined = true
		ps[i].ModificationMetadata = Modification{ReadOnlyDefinition: true, ReadOnlyValue: rows[i].readOnly}
	}
	return ps
}

func own(group string, rows []row) []Property { return define(group, rows) }

func define(group string, rows []row) []Property {
	ps := make([]Property, 0, len(rows))
	for i, r := range rows {
		kind, field, _ := strings.Cut(r.kind, "/")
		opts := slices.Clone(r.options)
		if opts == nil {
			opts = []Option{}
		}
		ps = append(ps, Property{
			Name: r.name, Label: r.label, Type: kind, FieldType: field, GroupName: group, Options: opts, DisplayOrder: i,
			HasUniqueValue: r.unique, FormField: true, DataSensitivity: "non_sensitive",
			ModificationMetadata: Modification{Archivable: true},
		})
	}
	return ps
}

// system are the properties the CRM fills in itself.
func system(o *Object) []Property {
	ps := vendor("system", []row{
		{name: "hs_object_id", label: "Record ID", kind: "number/number", readOnly: true},
		{name: "createdate", label: "Create Date", kind: "datetime/date", readOnly: true},
		{name: o.Modified, label: "Last Modified Date", kind: "datetime/date", readOnly: true},
	})
	for i := range ps {
		ps[i].FormField = false
	}
	return ps
}

// options makes options of values and labels in turn.
func options(valuesAndLabels ...string) []Option {
	var opts []Option
	for i := 0; i+1 < len(valuesAndLabels); i += 2 {
		opts = append(opts, Option{Value: valuesAndLabels[i], Label: valuesAndLabels[i+1], DisplayOrder: i / 2})
	}
	return opts
}

// industries are the values of the vendor's industry property; a label is its value in words.
func industries() []Option {
	values := strings.Fields(`ACCOUNTING AIRLINES_AVIATION ALTERNATIVE_DISPUTE_RESOLUTION ALTERNATIVE_MEDICINE ANIMATION
		APPAREL_FASHION ARCHITECTURE_PLANNING ARTS_AND_CRAFTS AUTOMOTIVE AVIATION_AEROSPACE BANKING BIOTECHNOLOGY
		BROADCAST_MEDIA BUILDING_MATERIALS BUSINESS_SUPPLIES_AND_EQUIPMENT CAPITAL_MARKETS CHEMICALS
		CIVIC_SOCIAL_ORGANIZATION CIVIL_ENGINEERING COMMERCIAL_REAL_ESTATE COMPUTER_GAMES COMPUTER_HARDWARE
		COMPUTER_NETWORKING COMPUTER_NETWORK_SECURITY COMPUTER_SOFTWARE CONSTRUCTION CONSUMER_ELECTRONICS CONSUMER_GOODS
		CONSUMER_SERVICES COSMETICS DAIRY DEFENSE_SPACE DESIGN EDUCATION_MANAGEMENT E_LEARNING
		ELECTRICAL_ELECTRONIC_MANUFACTURING ENTERTAINMENT ENVIRONMENTAL_SERVICES EVENTS_SERVICES EXECUTIVE_OFFICE
		FACILITIES_SERVICES FARMING FINANCIAL_SERVICES FINE_ART FISHERY FOOD_BEVERAGES FOOD_PRODUCTION FUND_RAISING
		FURNITURE GAMBLING_CASINOS GLASS_CERAMICS_CONCRETE GOVERNMENT_ADMINISTRATION GOVERNMENT_RELATIONS GRAPHIC_DESIGN
		HEALTH_WELLNESS_AND_FITNESS HIGHER_EDUCATION HOSPITAL_HEALTH_CARE HOSPITALITY HUMAN_RESOURCES IMPORT_AND_EXPORT
		INDIVIDUAL_FAMILY_SERVICES INDUSTRIAL_AUTOMATION INFORMATION_SERVICES INFORMATION_TECHNOLOGY_AND_SERVICES
		INSURANCE INTERNATIONAL_AFFAIRS INTERNATIONAL_TRADE_AND_DEVELOPMENT INTERNET INVESTMENT_BANKING
		INVESTMENT_MANAGEMENT JUDICIARY LAW_ENFORCEMENT LAW_PRACTICE LEGAL_SERVICES LEGISLATIVE_OFFICE
		LEISURE_TRAVEL_TOURISM LIBRARIES LOGISTICS_AND_SUPPLY_CHAIN LUXURY_GOODS_JEWELRY MACHINERY MANAGEMENT_CONSULTING
		MARITIME MARKET_RESEARCH MARKETING_AND_ADVERTISING MECHANICAL_OR_INDUSTRIAL_ENGINEERING MEDIA_PRODUCTION
		MEDICAL_DEVICES MEDICAL_PRACTICE MENTAL_HEALTH_CARE MILITARY MINING_METALS MOTION_PICTURES_AND_FILM
		MUSEUMS_AND_INSTITUTIONS MUSIC NANOTECHNOLOGY NEWSPAPERS NON_PROFIT_ORGANIZATION_MANAGEMENT OIL_ENERGY
		ONLINE_MEDIA OUTSOURCING_OFFSHORING PACKAGE_FREIGHT_DELIVERY PACKAGING_AND_CONTAINERS PAPER_FOREST_PRODUCTS
		PERFORMING_ARTS PHARMACEUTICALS PHILANTHROPY PHOTOGRAPHY PLASTICS POLITICAL_ORGANIZATION
		PRIMARY_SECONDARY_EDUCATION PRINTING PROFESSIONAL_TRAINING_COACHING PROGRAM_DEVELOPMENT PUBLIC_POLICY
		PUBLIC_RELATIONS_AND_COMMUNICATIONS PUBLIC_SAFETY PUBLISHING RAILROAD_MANUFACTURE RANCHING REAL_ESTATE
		RECREATIONAL_FACILITIES_AND_SERVICES RELIGIOUS_INSTITUTIONS RENEWABLES_ENVIRONMENT RESEARCH RESTAURANTS RETAIL
		SECURITY_AND_INVESTIGATIONS SEMICONDUCTORS SHIPBUILDING SPORTING_GOODS SPORTS STAFFING_AND_RECRUITING SUPERMARKETS
		TELECOMMUNICATIONS TEXTILES THINK_TANKS TOBACCO TRANSLATION_AND_LOCALIZATION TRANSPORTATION_TRUCKING_RAILROAD
		UTILITIES VENTURE_CAPITAL_PRIVATE_EQUITY VETERINARY WAREHOUSING WHOLESALE WINE_AND_SPIRITS WIRELESS
		WRITING_AND_EDITING`)
	pairs := make([]string, 0, 2*len(values))
	for _, v := range values {
		words := strings.ToLower(strings.ReplaceAll(v, "_", " "))
		pairs = append(pairs, v, strings.ToUpper(words[:1])+words[1:])
	}
	return options(pairs...)
}
