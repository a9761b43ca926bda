package diag

// Codes of tests that users write: `leat test` (0960 to 0979).
const (
	TestActivation Code = "LEAT0960"
	TestNoRows     Code = "LEAT0961"
	TestUnread     Code = "LEAT0962"
	TestColumn     Code = "LEAT0963"
	TestValue      Code = "LEAT0964"
	TestSynced     Code = "LEAT0965"
	TestAsOf       Code = "LEAT0966"
	TestNoExpect   Code = "LEAT0967"
	TestUnknown    Code = "LEAT0968"
)

var userTestCodes = []Info{
	{TestActivation, Error, "Test of an activation that does not exist", "A test names the activation it is about: activation.NAME, or activation.NAME[\"KEY\"] for an instance of one with for_each."},
	{TestNoRows, Error, "Test gives no rows to its activation", "A test runs without a warehouse, so it has to give the rows of the model its activation reads: a given block with that model, and rows = [] when there are none."},
	{TestUnread, Error, "Test gives rows that nothing reads", "A given block names a model or source that the test's activation does not read, or one that another given block of the test names already. Correct the name, or remove the block."},
	{TestColumn, Error, "Unknown column in a row of a test", "Rows of given blocks have the columns of the model. Rows of synced and expect blocks have the parts of the activation's id, its key fields and its fields; rows of expect also operation and reason."},
	{TestValue, Error, "Value of a test does not fit its column", "A value in a row of a test must be one that the column, or the destination's field, can hold: a number for a number, a text in quotes for a text, date or time. Texts may not be longer, and numbers not wider, than the type."},
	{TestSynced, Error, "Synced row cannot be in state", "State holds one record per id and per key, and none without them. Each row of the synced block needs every part of the id and every key field, and no two rows may share them."},
	{TestAsOf, Error, "Test needs a time", "An activation that uses now() or today() gives another result every day. Set as_of in the test to a time such as \"2026-05-01T08:00:00Z\" or to a date."},
	{TestNoExpect, Error, "Test expects nothing", "A test without an expectation cannot fail. Add an expect block with at least one list; an empty list says that there is no such row."},
	{TestUnknown, Error, "No such test", "The name given to `leat test` is not the name of a test block. Names are matched whole; quote those with spaces."},
}
