package diag

// Codes of the warehouse and planning (06xx).
const (
	WarehouseMissing    Code = "LEAT0601"
	WarehouseLocked     Code = "LEAT0602"
	WarehouseNewer      Code = "LEAT0603"
	WarehouseNotDuckDB  Code = "LEAT0604"
	RelationMissing     Code = "LEAT0605"
	SourceColumnMissing Code = "LEAT0606"
	WarehouseUnread     Code = "LEAT0607"
	ValueNotConvertible Code = "LEAT0608"
	EngineMemory        Code = "LEAT0609"
	EngineSpace         Code = "LEAT0610"

	RemovalsSuspended Code = "LEAT0620"
	OrphanState       Code = "LEAT0621"
	GuardTripped      Code = "LEAT0622"
	RequirementUnmet  Code = "LEAT0630"
	DestinationMoved  Code = "LEAT0623"
	IDTypeChanged     Code = "LEAT0624"

	StateAtBothEnds     Code = "LEAT0631"
	RemovedTargetGone   Code = "LEAT0632"
	RemovedCannotDelete Code = "LEAT0633"
)

var planningCodes = []Info{
	{WarehouseMissing, Error, "warehouse file does not exist",
		"The DuckDB file that the dbt profile names is not there. Run `dbt build` first, or check `path` of the target in profiles.yml; a relative path starts at the dbt project."},
	{WarehouseLocked, Error, "warehouse file is locked by another process",
		"A DuckDB file can be written by one process or read by several, not both. Most often dbt is still running, or a database client has the file open. Wait until it has finished, or close the client, and run the command again."},
	{WarehouseNewer, Error, "warehouse file was written by a newer DuckDB",
		"The file's storage format is newer than the DuckDB inside this leat can read. Upgrade leat, or have dbt write with a storage version that older releases read (the setting storage_compatibility_version)."},
	{WarehouseNotDuckDB, Error, "warehouse file is not a DuckDB database",
		"The file that the dbt profile names exists but is no DuckDB database, or it is damaged. Check `path` of the target in profiles.yml and run `dbt build`."},
	{RelationMissing, Error, "table or view does not exist in the warehouse",
		"The manifest says where the model is, but the warehouse has nothing of that name. The model was not built in this target yet: run `dbt build` with the same target, or choose the other target."},
	{SourceColumnMissing, Error, "column does not exist in the warehouse",
		"The activation uses a column that the table in the warehouse does not have. Types and columns come from the live warehouse when a plan is made. Build the model again, or correct the expression. Nothing was planned, so nothing is removed."},
	{WarehouseUnread, Error, "warehouse could not be read",
		"A read stopped before it was complete. Nothing is planned from a part of the rows, so that the missing ones are not taken for removed. Try again; if it stays, read the table with a DuckDB client to see what is wrong with it."},
	{ValueNotConvertible, Error, "a value cannot be converted",
		"A value in the source does not fit the type that the mapping needs: a text that is no number, a number that is out of range. The value is not shown here. Use try_cast-like functions or `where` to leave such rows out."},
	{EngineMemory, Error, "not enough memory for the plan",
		"The diff needs more memory than its limit allows, even after writing temporary files. Raise the memory limit, or split the activation with `where`."},
	{EngineSpace, Error, "no space for temporary files",
		"The diff writes temporary files when the rows do not fit in memory, and the disk is full. Free space, or set TMPDIR to a larger disk."},
	{RemovalsSuspended, Warning, "removals are suspended",
		"A row without an id is among those that `where` admits. Any of the records that seem to be gone could be that row, so that none is removed until every row has an id. Fix the model, or exclude rows without an id in `where`."},
	{OrphanState, Warning, "state without an activation",
		"State holds rows of an activation that is no longer configured. Its records stay in the destination as they are, and its state stays with its guards: configured again under its old name, leat goes on where it stopped. Was it renamed, then say so: moved { from = activation.OLD, to = activation.NEW }, on two lines. Is it gone for good, then removed { from = activation.OLD } forgets its state, and with rows = \"delete\" deletes the records that leat created."},
	{StateAtBothEnds, Error, "there is state at both ends of a move",
		"A `moved` block turns state of one activation into that of another, which can have none then. Most often the activation was applied under its new name before the block was written, so that the records are in both: give up the older state with a `removed` block, which leaves the records as they are."},
	{RemovedTargetGone, Error, "records are in a destination that is not configured",
		"To delete the records of an activation that is gone, leat needs the destination block they were sent through, with its credentials, and the object in its schema. Keep the block until they are deleted, or leave the records where they are with rows = \"keep\"."},
	{RemovedCannotDelete, Error, "records cannot be deleted there",
		"rows = \"delete\" needs an object whose destination deletes records, and a key to find them by. `leat destinations TYPE OBJECT` says what an object offers. Leave the records with rows = \"keep\", or take them out by `on_removed` of the activation first, while it is still configured."},
	{RequirementUnmet, Error, "what `requires` asks of the model does not hold",
		"The run results that leat was given show that a test of the model did not pass, that its last build failed, or that it is older than `max_age`; what they do not tell of does not hold either. Nothing is written. Build and test the model again, or override it for this plan with --ignore-requires: the plan records that."},
	{GuardTripped, Error, "a guard stopped the plan",
		"The plan would change more rows than the activation's guard allows, so nothing is written. Look at the plan. If the change is meant, raise the limit in the `guard` block for this change, have that reviewed, and plan again."},
	{DestinationMoved, Error, "activation points to another account or object",
		"State says which records leat keeps, and where. The activation now points to another plugin, object or account, in which none of these exist. Give the activation a new name, so that it starts with state of its own, or set the destination back."},
	{IDTypeChanged, Error, "ids in state do not fit the new type of id",
		"The type of the activation's id changed, and ids that state holds cannot be converted to it. Rows could no longer be matched. Set the id back, or give the activation a new name."},
}
