package syntax

import "slices"

// BlockSchema describes one type of block. The tables made of it drive
// parsing, suggestions, documentation and completion.
type BlockSchema struct {
	Type       string // "" for the top level of a file
	Doc        string // one sentence
	Labels     []LabelSchema
	Attributes []AttributeSchema
	Blocks     []BlockSchema
	Many       bool   // may stand more than once
	Free       bool   // takes attributes of any name
	Since      string // the version that brought it; "" when not supported yet
}

// LabelSchema describes one label of a block.
type LabelSchema struct {
	Name     string // what the label is, such as "name"
	Allowed  []string
	Planned  []string // known values that are not supported yet
	Anything bool     // need not be an identifier
}

// AttributeSchema describes one attribute.
type AttributeSchema struct {
	Name     string
	Kind     Kind
	Required bool
	Default  string   // as written in HCL; "" when there is none
	Allowed  []string // of a string
	Doc      string   // one sentence
	Since    string   // the version that brought it; "" when not supported yet
}

// Kind is the kind of value an attribute takes.
type Kind string

// The kinds.
const (
	KindString  Kind = "string"
	KindStrings Kind = "list(string)"
	KindPaths   Kind = "string or list(string)"
	KindBool    Kind = "bool"
	KindCount   Kind = "whole number"
	KindLimit   Kind = `whole number or "N%"`
	KindPercent Kind = `"N%"`
	KindType    Kind = "type"
	KindAny     Kind = "any value"
	KindExpr    Kind = "expression"
	KindIdent   Kind = "expression or tuple of expressions"
	KindMapping Kind = "{ field = expression }"
	KindSource  Kind = "ref() or source()"
	KindTarget  Kind = "destination.TYPE.NAME.OBJECT"

	KindForEach     Kind = "map or set of strings"
	KindActivation  Kind = "activation.NAME"
	KindActivations Kind = "list of activation.NAME"
	KindMember      Kind = `activation.NAME, .field["NAME"] or .key["NAME"] of one`
	KindDuration    Kind = `"24h"`
	KindShare       Kind = "number from 0 to 100"
	KindObject      Kind = "{ name = value }"
	KindRows        Kind = "list of { column = value }"
	KindFieldTypes  Kind = "{ field = type }"
	KindTimestamp   Kind = "timestamp, as a string"
)

const v01 = "0.1.0"

// Root returns the schema of the top level of a file.
func Root() BlockSchema { return root }

// Blocks returns the schemas of the blocks at the top level.
func Blocks() []BlockSchema { return slices.Clone(root.Blocks) }

// Block returns the schema of a nested block.
func (b BlockSchema) Block(typ string) (BlockSchema, bool) {
	i := slices.IndexFunc(b.Blocks, func(s BlockSchema) bool { return s.Type == typ })
	if i < 0 {
		return BlockSchema{}, false
	}
	return b.Blocks[i], true
}

// Attribute returns the schema of an attribute.
func (b BlockSchema) Attribute(name string) (AttributeSchema, bool) {
	i := slices.IndexFunc(b.Attributes, func(s AttributeSchema) bool { return s.Name == name })
	if i < 0 {
		return AttributeSchema{}, false
	}
	return b.Attributes[i], true
}

var nameLabel = []LabelSchema{{Name: "name"}}

var root = BlockSchema{
	Doc: "leat.hcl and every *.leat.hcl below it are one configuration.",
	Attributes: []AttributeSchema{
		{Name: "environment", Kind: KindString, Doc: "Whose state this is; the dbt target when not given.", Since: v01},
	},
	Blocks: []BlockSchema{
		{Type: "leat", Doc: "What the project asks of leat itself.", Since: v01, Attributes: []AttributeSchema{
			{Name: "required_version", Kind: KindString, Doc: "The versions of leat that may run this project.", Since: v01},
		}},
		{Type: "dbt", Doc: "Where the dbt project and its artifacts are.", Since: v01, Attributes: []AttributeSchema{
			{Name: "project_dir", Kind: KindString, Doc: "The folder of dbt_project.yml; the nearest one when not given.", Since: v01},
			{Name: "target", Kind: KindString, Doc: "The dbt target; as dbt itself decides when not given.", Since: v01},
			{Name: "artifacts", Kind: KindPaths, Default: `"target"`, Doc: "The folders of manifest.json, catalog.json and run_results.json.", Since: v01},
		}},
		{Type: "state", Doc: "Where state is kept.", Since: v01,
			Labels: []LabelSchema{{Name: "backend", Allowed: []string{"local"}, Planned: []string{"s3", "gcs", "azblob", "postgres"}}},
			Attributes: []AttributeSchema{
				{Name: "path", Kind: KindString, Default: `".leat"`, Doc: "The folder, relative to the project root.", Since: v01},
			}},
		{Type: "variable", Doc: "An input of the project.", Labels: nameLabel, Many: true, Since: v01, Attributes: []AttributeSchema{
			{Name: "type", Kind: KindType, Default: "any", Doc: "What values it takes.", Since: v01},
			{Name: "default", Kind: KindAny, Doc: "Its value when none is given.", Since: v01},
			{Name: "description", Kind: KindString, Doc: "What it is for.", Since: v01},
			{Name: "sensitive", Kind: KindBool, Default: "false", Doc: "Whether its value is kept out of all output.", Since: v01},
			{Name: "nullable", Kind: KindBool, Default: "true", Doc: "Whether null is a value it can have; when not, null from outside means the default.", Since: v01},
		}, Blocks: []BlockSchema{
			{Type: "validation", Doc: "What must be true of its value, whoever gives it.", Many: true, Since: v01, Attributes: []AttributeSchema{
				{Name: "condition", Kind: KindExpr, Required: true, Doc: "What must be true, over this variable and other ones; null counts as false.", Since: v01},
				{Name: "error_message", Kind: KindString, Required: true, Doc: "What to tell whoever gives another value; it cannot show sensitive values.", Since: v01},
			}},
		}},
		{Type: "locals", Doc: "Names for values that are used more than once.", Many: true, Free: true, Since: v01},
		destinationBlock,
		activationBlock,
		labelBlock,
		policyBlock,
		testBlock,
		movedBlock,
		removedBlock,
		{Type: "plugin", Doc: "An external destination plugin.", Labels: nameLabel, Many: true},
	},
}

var destinationBlock = BlockSchema{
	Type: "destination", Doc: "An account of a tool that rows are sent to.", Many: true, Since: v01,
	Labels: []LabelSchema{{Name: "type"}, {Name: "name"}},
	Attributes: []AttributeSchema{
		{Name: "accepts", Kind: KindStrings, Doc: "The labels whose values may be sent there.", Since: v01},
		{Name: "region", Kind: KindString, Doc: "Where the account keeps its data.", Since: v01},
	},
	Blocks: []BlockSchema{
		{Type: "config", Doc: "The plugin's own settings.", Free: true, Since: v01},
		objectBlock,
	},
}

var activationBlock = BlockSchema{
	Type: "activation", Doc: "Rows of a model kept in step with an object of a destination.", Many: true, Since: v01,
	Labels: nameLabel,
	Attributes: []AttributeSchema{
		{Name: "description", Kind: KindString, Doc: "What it is for.", Since: v01},
		{Name: "owner", Kind: KindString, Doc: "Who answers for it.", Since: v01},
		{Name: "tags", Kind: KindStrings, Doc: "Words to select it by.", Since: v01},
		{Name: "from", Kind: KindSource, Required: true, Doc: "Where the rows come from.", Since: v01},
		{Name: "to", Kind: KindTarget, Required: true, Doc: "Where the rows go.", Since: v01},
		{Name: "where", Kind: KindExpr, Default: "true", Doc: "Which rows; null counts as false.", Since: v01},
		{Name: "mode", Kind: KindString, Default: `"upsert"`, Allowed: []string{"upsert", "update_only", "create_only", "append"}, Doc: "Which records may be created and updated.", Since: v01},
		{Name: "id", Kind: KindIdent, Doc: "Who a row is, forever; the columns of `key` when they are bare columns.", Since: v01},
		{Name: "key", Kind: KindMapping, Doc: "Where a row lives in the destination.", Since: v01},
		{Name: "fields", Kind: KindMapping, Doc: "What a row sets there.", Since: v01},
		{Name: "on_removed", Kind: KindString, Default: `"keep"`, Allowed: []string{"keep", "clear", "archive", "delete"}, Doc: "What happens to a record whose row is gone.", Since: v01},
		{Name: "for_each", Kind: KindForEach, Doc: "One instance per entry, such as activation.audience[\"eu\"]; each.key and each.value are the entry's.", Since: v01},
		{Name: "shares", Kind: KindActivations, Doc: "Activations that may map the same fields of the same object; each names the other. A key that both hold is invalid in both.", Since: v01},
		{Name: "proofs", Kind: KindString, Default: `"warn"`, Allowed: []string{"require", "warn", "off"}, Doc: "What it means that nothing proves the id or key unique and not null.", Since: v01},
	},
	Blocks: []BlockSchema{
		{Type: "field", Doc: "A field that needs more than a value.", Labels: []LabelSchema{{Name: "field", Anything: true}}, Many: true, Since: v01, Attributes: []AttributeSchema{
			{Name: "value", Kind: KindExpr, Required: true, Doc: "The value sent.", Since: v01},
			{Name: "write", Kind: KindString, Default: `"always"`, Allowed: []string{"always", "create", "fill_empty"}, Doc: "When it is written.", Since: v01},
			{Name: "nulls", Kind: KindString, Default: `"skip"`, Allowed: []string{"skip", "clear"}, Doc: "What a null does.", Since: v01},
		}},
		{Type: "guard", Doc: "Limits that stop a run before its first write. A limit that is taken out again holds on, as the last apply had it, until another is given.", Since: v01, Attributes: []AttributeSchema{
			{Name: "max_creates", Kind: KindLimit, Doc: "Most creations and sends.", Since: v01},
			{Name: "max_updates", Kind: KindLimit, Doc: "Most updates.", Since: v01},
			{Name: "max_removes", Kind: KindLimit, Default: `"5%"`, Doc: "Most removals, but for those because of consent.", Since: v01},
			{Name: "max_withdrawn", Kind: KindLimit, Default: `"5%"`, Doc: "Most removals because of consent, where there is a block `consent`.", Since: v01},
			{Name: "min_rows", Kind: KindCount, Default: "1", Doc: "Fewest rows the source must have.", Since: v01},
		}},
		{Type: "delivery", Doc: "How changes are sent.", Since: v01, Attributes: []AttributeSchema{
			{Name: "concurrency", Kind: KindCount, Doc: "Most requests at a time; the destination's own number when not given.", Since: v01},
			{Name: "max_reject_rate", Kind: KindPercent, Doc: "Share of refused rows that stops the run.", Since: v01},
			{Name: "on_unknown", Kind: KindString, Default: `"skip"`, Allowed: []string{"resend", "skip"}, Doc: "What to do about a request whose outcome cannot be known.", Since: v01},
		}},
		requiresBlock,
		consentBlock,
		{Type: "rollout", Doc: "The share of rows to begin with, the same ones on every run.", Since: v01, Attributes: share},
		{Type: "holdout", Doc: "The share of rows kept out as a control group, the same ones on every run.", Since: v01, Attributes: share},
	},
}
