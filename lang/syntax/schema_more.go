package syntax

import "strconv"

// A block or attribute whose Since is "" is read and refused: acting on the
// rest of a configuration while ignoring it could send rows it was meant to
// keep back. Whoever completes its behaviour, through plan and apply, sets
// Since to v01 in the same change.

var labelBlock = BlockSchema{
	Type: "label", Doc: "Which columns carry a label such as pii.", Labels: nameLabel, Many: true, Since: v01,
	Attributes: []AttributeSchema{
		{Name: "tags", Kind: KindStrings, Doc: "dbt tags of models or columns that mean the label.", Since: v01},
		{Name: "meta", Kind: KindObject, Doc: "dbt meta entries of models or columns that mean the label, each alone.", Since: v01},
		{Name: "columns", Kind: KindStrings, Doc: "Patterns of column names, such as \"phone*\"; a label found so is reported as guessed.", Since: v01},
	},
}

var policyBlock = BlockSchema{
	Type: "policy", Doc: "A rule over every compiled mapping; a mapping that breaks it fails the compile.", Labels: nameLabel, Many: true, Since: v01,
	Attributes: []AttributeSchema{
		{Name: "when", Kind: KindExpr, Default: "true", Doc: "Which mappings it is about.", Since: v01},
		{Name: "assert", Kind: KindExpr, Required: true, Doc: "What must be true of them.", Since: v01},
		{Name: "message", Kind: KindString, Doc: "What to tell whoever breaks it.", Since: v01},
	},
}

var testBlock = BlockSchema{
	Type: "test", Doc: "Rows in, changes out, without a warehouse.", Labels: []LabelSchema{{Name: "name", Anything: true}}, Many: true, Since: v01,
	Attributes: []AttributeSchema{
		{Name: "activation", Kind: KindActivation, Required: true, Doc: "What is tested.", Since: v01},
		{Name: "as_of", Kind: KindTimestamp, Doc: "What now() and today() are: a time or a date.", Since: v01},
	},
	Blocks: []BlockSchema{
		{Type: "given", Doc: "The rows of a model or source.", Many: true, Since: v01, Attributes: []AttributeSchema{
			{Name: "from", Kind: KindSource, Required: true, Doc: "The model or source.", Since: v01},
			{Name: "rows", Kind: KindRows, Required: true, Doc: "Its rows; columns left out are null.", Since: v01},
		}},
		{Type: "synced", Doc: "What state holds before; nothing when left out.", Since: v01, Attributes: []AttributeSchema{
			{Name: "rows", Kind: KindRows, Required: true, Doc: "The records, by destination field.", Since: v01},
		}},
		{Type: "expect", Doc: "What must come of it; a row need name the columns only that matter.", Since: v01, Attributes: []AttributeSchema{
			{Name: "send", Kind: KindRows, Doc: "Records sent whole: created, or updated where they exist.", Since: v01},
			{Name: "create", Kind: KindRows, Doc: "Records created or appended.", Since: v01},
			{Name: "update", Kind: KindRows, Doc: "Records updated, with the fields that are sent.", Since: v01},
			{Name: "remove", Kind: KindRows, Doc: "Records deleted, archived, cleared or released.", Since: v01},
			{Name: "unchanged", Kind: KindRows, Doc: "Records that hold their values already.", Since: v01},
			{Name: "invalid", Kind: KindRows, Doc: "Rows reported and not sent.", Since: v01},
			{Name: "held", Kind: KindRows, Doc: "Rows frozen as they are.", Since: v01},
			{Name: "blocked", Kind: KindRows, Doc: "Rows without consent.", Since: v01},
		}},
	},
}

var movedBlock = BlockSchema{
	Type: "moved", Doc: "An activation, field or key field that was renamed: what state holds of it moves, and nothing is sent for the name.", Many: true, Since: v01,
	Attributes: []AttributeSchema{
		{Name: "from", Kind: KindMember, Required: true, Doc: "Its old address.", Since: v01},
		{Name: "to", Kind: KindMember, Required: true, Doc: "Its new address.", Since: v01},
	},
}

var removedBlock = BlockSchema{
	Type: "removed", Doc: "What becomes of the records of an activation that is gone.", Many: true, Since: v01,
	Attributes: []AttributeSchema{
		{Name: "from", Kind: KindActivation, Required: true, Doc: "The activation that is gone.", Since: v01},
		{Name: "rows", Kind: KindString, Default: `"keep"`, Allowed: []string{"keep", "delete"}, Doc: "Whether its records stay in the destination.", Since: v01},
	},
}

var objectBlock = BlockSchema{
	Type: "object", Doc: "An object of a destination without a schema of its own.", Labels: nameLabel, Many: true, Since: v01,
	Attributes: []AttributeSchema{
		{Name: "key", Kind: KindStrings, Doc: "The fields that say which record is meant; needed unless records are only appended.", Since: v01},
		{Name: "required", Kind: KindStrings, Doc: "The fields without which a record cannot be created; they cannot be emptied.", Since: v01},
		{Name: "fields", Kind: KindFieldTypes, Required: true, Doc: "Its fields and their types, such as string(254) or enum(\"gold\", \"silver\").", Since: v01},
	},
	Blocks: []BlockSchema{
		requestBlock("upsert", "The request that creates a record, or updates it where it exists.", "PUT", true),
		requestBlock("create", "The request that creates a record; status 409 says that it exists.", "POST", false),
		requestBlock("update", "The request that updates a record; status 404 or 410 says that there is none.", "PATCH", true),
		requestBlock("delete", "The request that deletes a record; status 404 or 410 says that there is none.", "DELETE", false),
		requestBlock("append", "The request that adds a record which nothing will ever find again, such as an event.", "POST", false),
	},
}

// requestBlock is an operation of a declared object. partial says that it may
// send some of the fields.
func requestBlock(operation, doc, method string, partial bool) BlockSchema {
	methods := []string{"POST", "PUT", "PATCH"}
	if operation == "delete" {
		methods = append(methods, "DELETE")
	}
	b := BlockSchema{Type: operation, Doc: doc, Since: v01, Attributes: []AttributeSchema{
		{Name: "method", Kind: KindString, Default: strconv.Quote(method), Allowed: methods, Doc: "The method of the request.", Since: v01},
		{Name: "path", Kind: KindString, Required: true, Doc: "Path and query below base_url; {id} stands for the value of the key field id, escaped, and {+id} for it with its slashes.", Since: v01},
		{Name: "envelope", Kind: KindString, Doc: "The name the body stands under, such as \"member\"; dots nest.", Since: v01},
		{Name: "idempotent", Kind: KindBool, Doc: "Whether the request sent twice ends like sent once; when not given: true of PUT, PATCH and DELETE, and where idempotency_header is set.", Since: v01},
		{Name: "idempotency_header", Kind: KindString, Doc: "A header by which the API knows a request that it has carried out; it gets a name of the change.", Since: v01},
	}}
	if partial {
		b.Attributes = append(b.Attributes, AttributeSchema{Name: "body", Kind: KindString, Allowed: []string{"record", "changes"},
			Doc: "Whether the body is the whole record or only the fields that change; when not given: the record for PUT, the changes for others.", Since: v01})
	}
	return b
}

var requiresBlock = BlockSchema{
	Type: "requires", Doc: "What must hold of the model before anything is sent; its last build must have succeeded, too.", Since: v01,
	Attributes: []AttributeSchema{
		{Name: "tests", Kind: KindString, Allowed: []string{"pass"}, Doc: "That every test of the model passed, since its last build, by the run results given or what state keeps of earlier ones.", Since: v01},
		{Name: "max_age", Kind: KindDuration, Doc: "The most time since the model's last build, such as \"24h\" or \"2d\".", Since: v01},
	},
}

var consentBlock = BlockSchema{
	Type: "consent", Doc: "Whose rows may be sent at all.", Since: v01,
	Attributes: []AttributeSchema{
		{Name: "from", Kind: KindSource, Required: true, Doc: "Where consent is kept.", Since: v01},
		{Name: "match", Kind: KindExpr, Required: true, Doc: "Which row of it is about which row here: equalities of consent and row, joined with &&.", Since: v01},
		{Name: "allow", Kind: KindExpr, Required: true, Doc: "Whether it allows the row to be sent; null counts as false. Where several rows match, all of them must allow it.", Since: v01},
		{Name: "on_withdrawn", Kind: KindString, Default: `"keep"`, Allowed: []string{"keep", "clear", "archive", "delete"}, Doc: "What happens to a record whose consent is gone.", Since: v01},
	},
}

var share = []AttributeSchema{
	{Name: "percent", Kind: KindShare, Required: true, Doc: "The share of ids. A higher one only adds ids.", Since: v01},
}
