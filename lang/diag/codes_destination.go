package diag

// Codes of destinations and their schemas (05xx).
const (
	NoBuild              Code = "LEAT0530"
	SnapshotUnreadable   Code = "LEAT0501"
	SnapshotVersion      Code = "LEAT0502"
	SnapshotForeign      Code = "LEAT0503"
	NoSchema             Code = "LEAT0504"
	UnknownPlugin        Code = "LEAT0505"
	UnknownDestination   Code = "LEAT0506"
	UnknownObject        Code = "LEAT0507"
	UnknownField         Code = "LEAT0508"
	ReadOnlyField        Code = "LEAT0509"
	MissingRequiredField Code = "LEAT0510"
	UnsupportedMode      Code = "LEAT0511"
	UnsupportedRemoval   Code = "LEAT0512"
	UnsupportedWrite     Code = "LEAT0513"
	UnclearableField     Code = "LEAT0514"
	BadConfig            Code = "LEAT0515"
	MissingConfig        Code = "LEAT0516"
	UnknownConfig        Code = "LEAT0517"
	SecretLiteral        Code = "LEAT0518"
	MappingLossy         Code = "LEAT0519"
	MappingImpossible    Code = "LEAT0520"
	FloatUnrounded       Code = "LEAT0521"
	NullableRequired     Code = "LEAT0522"
	SnapshotOld          Code = "LEAT0523"

	// Declared objects.
	ObjectsNotDeclared  Code = "LEAT0531"
	NoDeclaredObject    Code = "LEAT0532"
	UnknownFieldType    Code = "LEAT0533"
	UndeclaredField     Code = "LEAT0534"
	BadRequestPath      Code = "LEAT0535"
	NestedFieldConflict Code = "LEAT0536"
	NoDeclaredOperation Code = "LEAT0537"
	NoDeclaredKey       Code = "LEAT0538"
	BadKeyFieldType     Code = "LEAT0539"
	SchemaStale         Code = "LEAT0540"
)

var destinationCodes = []Info{
	{NoBuild, Error, "a source has no build", "`requires { max_age }` looks at the last build of the model in the run results. dbt builds models, seeds and snapshots; sources it only reads."},
	{SnapshotUnreadable, Error, "Unreadable schema snapshot", "A file in leat_schemas/ is not a schema snapshot: it is empty, cut off or not JSON. Restore it from version control or make it again with `leat destinations schema pull`."},
	{SnapshotVersion, Error, "Schema snapshot of another format", "The snapshot was written by a leat whose snapshot format this one does not read. Make it again with `leat destinations schema pull`."},
	{SnapshotForeign, Error, "Schema snapshot of another destination", "The snapshot's file name and its content name different destinations. Pull it again, or rename the file."},
	{NoSchema, Warning, "Destination without a schema", "The plugin learns an account's objects and fields from the account itself, and no snapshot is committed. Mappings to it cannot be checked offline. Run `leat destinations schema pull` once and commit the file."},
	{UnknownPlugin, Error, "Unknown destination type", "No built-in plugin has this name. `leat destinations` lists those there are."},
	{UnknownDestination, Error, "Unknown destination", "`to` names a destination that no destination block declares."},
	{UnknownObject, Error, "Unknown object", "The destination's schema has no such object. `leat destinations TYPE` lists the objects; `leat destinations schema pull` refreshes the account's own."},
	{UnknownField, Error, "Unknown destination field", "The object has no such field. `leat destinations TYPE OBJECT` lists the fields; `leat destinations schema pull` refreshes the account's own."},
	{ReadOnlyField, Error, "Read-only destination field", "The destination computes this field itself and refuses writes to it. Remove the mapping."},
	{MissingRequiredField, Error, "Required field is not mapped", "The destination refuses to create a record without this field, and the activation's mode creates records. Map the field, or use mode = \"update_only\"."},
	{UnsupportedMode, Error, "Mode is not supported by the object", "The object lacks the operation that the mode needs."},
	{UnsupportedRemoval, Error, "Removal is not supported by the object", "The object lacks the operation that on_removed asks for."},
	{UnsupportedWrite, Error, "Write rule is not supported by the object", "write = \"create\" and \"fill_empty\" need support by the destination or reading by key."},
	{UnclearableField, Error, "Field cannot be cleared", "nulls = \"clear\" needs a destination field that can be emptied. Use nulls = \"skip\", or coalesce the value."},
	{BadConfig, Error, "Wrong value in a config block", "The attribute's value is not of the type that the plugin declares."},
	{MissingConfig, Error, "Missing attribute in a config block", "The plugin cannot be configured without this attribute."},
	{UnknownConfig, Error, "Unknown attribute in a config block", "The plugin declares no such attribute. `leat destinations TYPE` lists them."},
	{SecretLiteral, Warning, "Secret written into the configuration", "The value of a secret attribute stands in a file that is committed. Use env(\"NAME\") and revoke the secret."},
	{MappingLossy, Error, "Mapping loses information", "Some values of the expression do not fit the destination's field and would be cut or rounded silently. Use the function that says so, such as round(x, 2), or change the field."},
	{MappingImpossible, Error, "Mapping of the wrong type", "The expression's type cannot become the type that is wanted here. Convert it with a function, or map another column."},
	{FloatUnrounded, Warning, "Float mapped without round", "Floats differ in their last digits from one computation to the next; each difference would be sent as a change. Round it to the digits that matter."},
	{NullableRequired, Warning, "Required field may be null", "The destination refuses to create a record without the field; rows where the expression is null are invalid and left out."},
	{SnapshotOld, Warning, "Schema snapshot is old", "The committed schema of a destination was read from its account more than 90 days ago. Mappings are checked against it, so a field that was dropped or changed since shows only when rows are sent. Compare it with `leat destinations schema diff`, or read it anew with `leat destinations schema pull`, and commit the file."},
	{ObjectsNotDeclared, Error, "Object declared for a destination that describes its own", "`object` blocks are for destinations without a schema of their own, such as http. Other types know their objects, or read them from the account: `leat destinations TYPE` lists them, `leat destinations schema pull` reads the account's own. Remove the block."},
	{NoDeclaredObject, Error, "Destination without a declared object", "A destination of this type has no schema of its own: nothing can be sent there before an `object` block says which fields a record has and which requests write it."},
	{UnknownFieldType, Error, "Type of a declared field cannot be read", "`fields` of an object is written out as { field = type }, with the types of the language. It is read as it stands, not evaluated: variables and locals cannot be used in it."},
	{UndeclaredField, Error, "Field is not among those declared", "`key` and `required` name fields of the same object."},
	{BadRequestPath, Error, "Path of a request cannot be used", "A path begins with a slash and may hold {field} or {+field} for key fields of the object (RFC 6570, levels 1 and 2). A DELETE has no body, so its path holds every key field; without them it would be about more than one record."},
	{NestedFieldConflict, Error, "Field is a value and a parent at once", "A dot in a field's name nests it in the body: `address.city` is the member `city` of `address`, which therefore cannot hold a value of its own."},
	{NoDeclaredOperation, Error, "Declared object without an operation", "An object says which requests write its records. Add at least one block: `upsert`, `create`, `update`, `delete` or `append`."},
	{NoDeclaredKey, Error, "Declared object without a key", "Every operation but `append` is about one record, so the object says which fields name a record."},
	{SchemaStale, Error, "what the destination accepts has changed since the plan", "A saved plan is applied to an object as it was described when the plan was made: by the committed snapshot, by the plugin, or by an `object` block. The fields it maps, or the operations of the object, are described otherwise now. Other fields do not count. Make a new plan."},
	{BadKeyFieldType, Error, "Type of a key field cannot name a record", "A key is compared and written into a path: it is text, a number without a fraction, a date or a UUID. Floats, documents, lists and bytes have several forms of one value."},
}
