package diag

// Codes of plugins and delivery (08xx).
const (
	PluginStartFailed     Code = "LEAT0801"
	PluginChecksum        Code = "LEAT0802"
	PluginProtocolVersion Code = "LEAT0803"
	PluginDied            Code = "LEAT0804"
	PluginContract        Code = "LEAT0805"
	PluginSchemaInvalid   Code = "LEAT0806"
	PluginUnsupported     Code = "LEAT0807"
	LookupUnmet           Code = "LEAT0872"
	PluginFault           Code = "LEAT0808"
	PluginRowTooLarge     Code = "LEAT0809"

	JournalDamaged       Code = "LEAT0850"
	JournalForeign       Code = "LEAT0851"
	JournalVersion       Code = "LEAT0852"
	ApplyEnvUnset        Code = "LEAT0853"
	AccountChanged       Code = "LEAT0854"
	DescribeChanged      Code = "LEAT0855"
	StateMoved           Code = "LEAT0856"
	GuardStopped         Code = "LEAT0857"
	PlanOtherVersion     Code = "LEAT0858"
	PlanAlreadyDone      Code = "LEAT0859"
	ConfigRefused        Code = "LEAT0860"
	CheckFailed          Code = "LEAT0861"
	DeliveryPluginFailed Code = "LEAT0862"
	PluginBrokeContract  Code = "LEAT0863"
	CircuitOpen          Code = "LEAT0864"
	AttemptsSpent        Code = "LEAT0865"
	RejectRateStopped    Code = "LEAT0866"
	RowsUnknown          Code = "LEAT0867"
	AuthLost             Code = "LEAT0868"
	DependencyFailed     Code = "LEAT0869"
	StateAccountOther    Code = "LEAT0870"
	SchemaGone           Code = "LEAT0871"
)

var deliveryCodes = []Info{
	{PluginStartFailed, Error, "a plugin could not be started",
		"A destination plugin is a process that leat starts and greets over a local socket. It could not be executed, ended before the greeting, or took too long. For an external plugin, check that `source` names an executable built for this machine with plugins/sdk, and that it prints nothing before it serves. For a built-in plugin, check that the machine has memory and file descriptors left."},
	{PluginChecksum, Error, "a plugin's executable is not the pinned one",
		"External plugins are pinned by SHA-256 in .leat.lock.hcl, because a plugin receives credentials and rows. The file on disk has another checksum. Restore the pinned file; or, when it was replaced on purpose, check where the new one came from and update the lock file."},
	{PluginProtocolVersion, Error, "a plugin speaks another protocol version",
		"leat and a plugin must speak the same version of the plugin protocol. Install a version of the plugin that was made for this leat, or the leat it was made for."},
	{PluginDied, Error, "a plugin ended while it was in use",
		"The process of a destination plugin ended by itself or was killed while leat was using it. Rows it had been given and not answered have an unknown outcome; the next apply settles them before it sends more. When it happens again, report it to the plugin's author, or look for a lack of memory."},
	{PluginContract, Error, "a plugin broke the plugin contract",
		"A plugin must answer every batch once, with exactly one outcome for every row that fits the operation, and must be able to read what leat sends. It did not, which is a bug of the plugin and not of your configuration. Rows of the batch count as unknown. Report it to the plugin's author with the version in the message; plugins/conformance finds such bugs."},
	{PluginSchemaInvalid, Error, "a plugin's description is not well formed",
		"A plugin describes its objects, fields and operations as data. This description names an unknown type or choice, lists a name twice, or refers to something it does not list. That is a bug of the plugin: report it to its author."},
	{LookupUnmet, Warning, "Rows wait for a record that was not written", "A row that looks up a record is sent after it. When the destination refuses that record, or does not tell its id, the row stays unsent: nothing about it is lost, and the next plan holds it back until the record is there. Cure the refused row, and plan again."},
	{PluginUnsupported, Error, "a plugin does not offer this",
		"Not every destination can be read or has a schema to discover. The plugin's description says what it offers; `leat destinations TYPE` shows it."},
	{PluginFault, Error, "a destination did not answer as hoped",
		"The destination itself failed, was unreachable, asked to slow down, or refused the credentials, while leat was checking the account or reading its schema. Nothing was written by that call. The message says which of these it was and what to do."},
	{PluginRowTooLarge, Error, "a batch is larger than a plugin can receive",
		"A batch of rows travels to a plugin in one message of at most 64 MiB. leat cuts batches far below that, so a single row must be this large. Leave the row out with `where`, or map a shorter text."},
	{JournalDamaged, Error, "the record of an unfinished run is damaged",
		"Before leat sends rows it writes down which, so that a crash never leaves it guessing. One of these files has a hole in the middle or contradicts the other, which no crash can cause. Restore the state folder from a backup. Without one, move the plan's folder away, compare the destination with the last plan, and make a new plan."},
	{JournalForeign, Error, "the record of an unfinished run belongs to another plan",
		"A plan's folder holds a journal that was written for another plan, as happens when folders are copied or renamed by hand. Undo the change, or remove the copied folder and make a new plan."},
	{JournalVersion, Error, "the record of an unfinished run has another version",
		"A run was interrupted under another version of leat and its journal has a format this version does not read. Finish the run with `leat apply` of that version, then upgrade."},
	{ApplyEnvUnset, Error, "an environment variable is not set",
		"A destination's config block takes a value from the environment with env(), and the variable is not set where apply runs. Set it and run apply again. Nothing was written."},
	{AccountChanged, Error, "the destination is another account",
		"The credentials given to apply lead to another account than the one the plan or the state was made for. State of one account says nothing about another. Use the credentials of the planned account, or make a new plan for this one. Nothing was written."},
	{DescribeChanged, Error, "the plugin has changed since the plan",
		"The plugin describes its objects and operations differently than when the plan was made, so the counts, costs and guarantees of the plan no longer hold. Make a new plan with this plugin. Nothing was written."},
	{StateMoved, Error, "the state has moved since the plan",
		"Another apply, or a state command, changed what leat knows about this activation after the plan was made, so the planned differences are no longer the true ones. Make a new plan. Nothing was written."},
	{GuardStopped, Error, "a guard stopped the run",
		"The plan would change more rows than the activation's guard allows, or the source holds fewer than it demands. Guards of all activations are evaluated before anything is written, so nothing was. Look at the plan; when the change is meant, raise the limit in the guard block and plan again."},
	{PlanOtherVersion, Error, "the plan was made by another version of leat",
		"A saved plan is applied only by the version of leat that made it, because another version may mean something else by it. Make a new plan with this version, or apply with that one."},
	{PlanAlreadyDone, Error, "the plan is already done",
		"A saved plan is applied once. Every row of this one was sent and recorded. Make a new plan to see what is left to do."},
	{ConfigRefused, Error, "the destination refused its configuration",
		"The plugin found a fault in the values of the destination's config block. Correct the attribute it names and run apply again. Nothing was written."},
	{CheckFailed, Error, "the destination's credentials do not work",
		"The plugin could not prove that the configured credentials open the account. Renew them, or give them the rights the message names, and run apply again. Nothing was written."},
	{DeliveryPluginFailed, Error, "the plugin failed",
		"The destination's plugin process could not be started or ended before it had answered. What it had answered is recorded; rows that were in its hands are settled by the next apply. Run apply again; when it happens again, report it to the plugin's author."},
	{PluginBrokeContract, Error, "the plugin broke its contract",
		"The plugin answered in a way the protocol forbids, such as another number of outcomes than rows. This is a bug of the plugin, not of your configuration: report it to its author with the plugin's version. The rows concerned count as unknown and are settled by the next apply; other activations went on."},
	{CircuitOpen, Error, "the destination keeps failing",
		"Several batches in a row met a server or network fault, and so did the probes made after a pause, so leat stopped sending to this destination. Rows that were not sent are as they were. Run apply again when the destination has recovered: it resumes where this run stopped."},
	{AttemptsSpent, Error, "rows were put off too often",
		"The destination asked again and again to send these rows later. They were not changed, and leat knows that they were not. Run apply again: it resumes with these rows."},
	{RejectRateStopped, Error, "the reject rate stopped the activation",
		"The destination refused more rows than `max_reject_rate` of the delivery block allows, so leat stopped sending this activation. What was accepted is recorded. `leat rejects list` shows the reasons."},
	{RowsUnknown, Warning, "the outcome of some rows is not known",
		"The destination never answered for these rows, the operation can be neither repeated nor read back, and `on_unknown` is \"skip\". They stand in state as unknown and in every plan until they are settled. Look at the destination, then use `leat rejects retry` or set `on_unknown = \"resend\"`."},
	{AuthLost, Error, "the destination refused the credentials while rows were sent",
		"The credentials worked when the run began and were refused later: they expired or were revoked. Rows that were not sent are as they were. Renew the credentials and run apply again: it resumes where this run stopped."},
	{DependencyFailed, Error, "an activation this one depends on did not finish",
		"Rows of this activation refer to records of another one, which did not finish in this run. Nothing of this activation was sent. Cure the other one and run apply again."},
	{StateAccountOther, Error, "the state belongs to another account or environment",
		"The state of this activation was written for another account, object or environment than the plan names. Select the right environment, or use `leat state mv` when the records really moved."},
	{SchemaGone, Error, "the destination's object changed since the plan was made",
		"The destination refused a whole batch because its object, or a field of it, is not there any more or has another type. Nothing of that batch was written, and sending it again would not help, so leat stopped this activation. Pull the schema with `leat destinations schema pull`, correct the mapping, and make a new plan."},
}
