package protocol

import (
	"encoding/binary"
	"fmt"

	flatbuffers "github.com/google/flatbuffers/go"
)

// The Arrow reader allocates by numbers it finds in a message before it holds
// them against the message's size, so a few forged bytes could ask for all
// memory, which no recover catches. checkFrames looks at those numbers first.
// Layout: Arrow columnar format, "Encapsulated message format", Message.fbs
// and Schema.fbs; a flatbuffers field number n is at virtual offset 4+2n.
const (
	messageHeaderType = 6
	messageHeader     = 8
	messageBodyLength = 10
	schemaFields      = 6
	schemaMetadata    = 8
	fieldDictionary   = 12
	fieldChildren     = 14
	fieldMetadata     = 16
	batchLength       = 4
	batchNodes        = 6
	batchBuffers      = 8
	batchCompression  = 10

	headerSchema      = 1
	headerRecordBatch = 3

	continuation = 0xFFFFFFFF
	prefixSize   = 8  // continuation marker and metadata size
	maxBuffers   = 3  // validity, offsets and data of one column
	nodeSize     = 16 // bytes of a FieldNode and of a Buffer
)

// checkFrames holds the framing of an Arrow IPC stream against its size: a
// schema of so many columns, at most one record batch, no dictionaries and no
// compression (whose sizes could be forged too). It panics on offsets that
// lead out of data; DecodeBatch catches that.
func checkFrames(data []byte, columns int) error {
	for _, header := range []byte{headerSchema, headerRecordBatch} {
		if len(data) < prefixSize || binary.LittleEndian.Uint32(data) != continuation {
			return fmt.Errorf("%w: not an Arrow stream", ErrMalformed)
		}
		size := uint64(binary.LittleEndian.Uint32(data[4:]))
		data = data[prefixSize:]
		if size == 0 || size > uint64(len(data)) {
			return fmt.Errorf("%w: a message is cut short", ErrMalformed)
		}
		body, err := checkMessage(data[:size], header, columns)
		if err != nil {
			return err
		}
		data = data[size:]
		if body > uint64(len(data)) {
			return fmt.Errorf("%w: a message body is cut short", ErrMalformed)
		}
		data = data[body:]
	}
	if len(data) != 0 && (len(data) != prefixSize || binary.LittleEndian.Uint64(data) != continuation) {
		return fmt.Errorf("%w: more than one record batch", ErrMalformed)
	}
	return nil
}

// checkMessage checks one message's metadata and returns the size of the body
// that follows it.
func checkMessage(meta []byte, header byte, columns int) (uint64, error) {
	message := flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}
	if slot := message.Offset(messageHeaderType); slot == 0 || message.GetByte(message.Pos+flatbuffers.UOffsetT(slot)) != header {
		return 0, fmt.Errorf("%w: messages other than a schema and a record batch", ErrMalformed)
	}
	body := uint64(0)
	if slot := message.Offset(messageBodyLength); slot != 0 {
		body = message.GetUint64(message.Pos + flatbuffers.UOffsetT(slot))
	}
	inner, ok := child(message, messageHeader)
	if !ok {
		return 0, fmt.Errorf("%w: a message without content", ErrMalformed)
	}
	if header == headerSchema {
		return body, checkSchema(inner, columns)
	}
	return body, checkRecord(inner, columns)
}

func checkSchema(schema flatbuffers.Table, columns int) error {
	if n := vectorLen(schema, schemaFields); n != columns {
		return fmt.Errorf("%w: %d columns, want %d", ErrMalformed, n, columns)
	}
	if vectorLen(schema, schemaMetadata) > len(schema.Bytes) {
		return fmt.Errorf("%w: forged metadata", ErrMalformed)
	}
	fields := schema.Vector(flatbuffers.UOffsetT(schema.Offset(schemaFields)))
	for i := range columns {
		field := flatbuffers.Table{Bytes: schema.Bytes, Pos: schema.Indirect(fields + flatbuffers.UOffsetT(4*i))}
		if vectorLen(field, fieldChildren) != 0 || field.Offset(fieldDictionary) != 0 {
			return fmt.Errorf("%w: column %d is nested or a dictionary", ErrMalformed, i)
		}
		if vectorLen(field, fieldMetadata) > len(schema.Bytes) {
			return fmt.Errorf("%w: forged metadata", ErrMalformed)
		}
	}
	return nil
}

func checkRecord(batch flatbuffers.Table, columns int) error {
	rows := int64(0)
	if slot := batch.Offset(batchLength); slot != 0 {
		rows = batch.GetInt64(batch.Pos + flatbuffers.UOffsetT(slot))
	}
	switch {
	case rows < 0 || rows > MaxBatchRows:
		return fmt.Errorf("%w: %d rows, the limit is %d", ErrMalformed, rows, MaxBatchRows)
	case batch.Offset(batchCompression) != 0:
		return fmt.Errorf("%w: compressed", ErrMalformed)
	case vectorLen(batch, batchNodes) != columns || vectorLen(batch, batchBuffers) > maxBuffers*columns:
		return fmt.Errorf("%w: another number of columns than its schema", ErrMalformed)
	}
	nodes := batch.Vector(flatbuffers.UOffsetT(batch.Offset(batchNodes)))
	for i := range columns {
		if n := batch.GetInt64(nodes + flatbuffers.UOffsetT(nodeSize*i)); n != rows {
			return fmt.Errorf("%w: column %d has another length", ErrMalformed, i)
		}
	}
	return nil
}

func child(t flatbuffers.Table, field flatbuffers.VOffsetT) (flatbuffers.Table, bool) {
	slot := t.Offset(field)
	if slot == 0 {
		return flatbuffers.Table{}, false
	}
	return flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(t.Pos + flatbuffers.UOffsetT(slot))}, true
}

func vectorLen(t flatbuffers.Table, field flatbuffers.VOffsetT) int {
	slot := t.Offset(field)
	if slot == 0 {
		return 0
	}
	return t.VectorLen(flatbuffers.UOffsetT(slot))
}
