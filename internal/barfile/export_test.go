package barfile

// Chunked sets how many rows a chunk has.
func Chunked(o Options, rows int) Options {
	o.chunk = rows
	return o
}
