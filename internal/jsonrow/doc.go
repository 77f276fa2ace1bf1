// Package jsonrow makes rows of signals of JSON documents, by JSON pointers (RFC 6901).
//
// There are only a few types. A [Mapping] is configuration: it says where in a document
// the parts of a row stand, each a [Field]. [Mapping.Compile] checks it and returns a
// [Mapper], which makes the rows of a document that [Decode] read.
//
// # Caveats
//
// A row whose value is null is a row with Null set. One whose value is missing is an
// error unless the mapping says that it is null, and one whose value cannot be read is
// an error always: nothing becomes a zero that was none.
//
// Known is left 0: rows are stamped when they arrive.
package jsonrow
