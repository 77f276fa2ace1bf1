package barfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// jsonLines turns a list of lists, [[time, open, …], …], as freqtrade writes bars and
// Binance answers, into lines of CSV as it is read. Numbers stay as they are written.
type jsonLines struct {
	in    *bufio.Reader
	begun bool
	line  []byte
	rest  []byte // of line, not read yet
	err   error
}

func newJSONLines(r io.Reader) *jsonLines {
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		in.Discard(len(byteOrderMark))
	}
	return &jsonLines{in: in}
}

// byteOrderMark is what some write at the start of a text.
const byteOrderMark = "\xef\xbb\xbf"

const jsonHint = "a JSON file is a list of rows such as [1609459200000, 10.1, 12, 9, 11, 1.5]"

// Read returns the lines, each with its '\n'. What is no list of lists is a fault.
func (j *jsonLines) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(j.rest) == 0 && j.err == nil {
			j.rest, j.err = j.row()
		}
		if len(j.rest) == 0 {
			return n, j.err
		}
		k := copy(p[n:], j.rest)
		n, j.rest = n+k, j.rest[k:]
	}
	return n, nil
}

// row reads the next row, and what stands before it.
func (j *jsonLines) row() ([]byte, error) {
	first := !j.begun
	c, err := j.next()
	switch {
	case err != nil:
		return nil, err
	case !first && c == ']':
		return nil, j.end()
	case first && c != '[', !first && c != ',':
		return nil, faultf(jsonHint, "%q stands where a row is expected", c)
	}
	j.begun = true
	c, err = j.next()
	switch {
	case err != nil:
		return nil, err
	case first && c == ']':
		return nil, j.end()
	case c != '[':
		return nil, faultf(jsonHint, "%q stands where a row is expected", c)
	}
	j.line, err = j.fields(j.line[:0])
	if err != nil {
		return nil, err
	}
	return j.line, nil
}

// next returns the next byte that is no space. The list must not end without it.
func (j *jsonLines) next() (byte, error) {
	for {
		c, err := j.in.ReadByte()
		switch {
		case err == io.EOF:
			return 0, faultf("fetch it again", "the list does not end: the file is cut short")
		case err != nil:
			return 0, err
		case c != ' ' && c != '\n' && c != '\r' && c != '\t':
			return c, nil
		}
	}
}

// end makes sure that nothing follows the list.
func (j *jsonLines) end() error {
	_, err := j.next()
	var f *fault
	switch {
	case errors.As(err, &f):
		return io.EOF
	case err != nil:
		return err
	}
	return faultf(jsonHint, "something follows the list")
}

// fields reads a row from its second byte on.
func (j *jsonLines) fields(b []byte) ([]byte, error) {
	for {
		c, err := j.next()
		if err != nil {
			return b, err
		}
		if b, err = j.value(b, c); err != nil {
			return b, err
		}
		switch c, err = j.next(); {
		case err != nil:
			return b, err
		case c == ']':
			return append(b, '\n'), nil
		case c != ',':
			return b, faultf(jsonHint, "%q stands where a comma is expected", c)
		}
		b = append(b, ',')
	}
}

// value reads a value that begins with c: a number, a plain text, or a word such as null,
// which means that there is none.
func (j *jsonLines) value(b []byte, c byte) ([]byte, error) {
	if c == '"' {
		return j.text(b)
	}
	begin := len(b)
	for err := error(nil); ; c, err = j.in.ReadByte() {
		switch {
		case err != nil && err != io.EOF:
			return b, err
		case err == nil && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '+'):
			if b = append(b, c); len(b) > maxLine {
				return b, longLine(len(b))
			}
			continue
		case len(b) == begin:
			return b, faultf(jsonHint, "%q stands where a number is expected", c)
		}
		if err == nil {
			j.in.UnreadByte()
		}
		if bytes.Equal(b[begin:], []byte("null")) {
			b = b[:begin]
		}
		return b, nil
	}
}

// text reads a text from its second byte on.
func (j *jsonLines) text(b []byte) ([]byte, error) {
	for {
		c, err := j.in.ReadByte()
		switch {
		case err == io.EOF:
			return b, faultf("fetch it again", "a text does not end: the file is cut short")
		case err != nil:
			return b, err
		case c == '"':
			return b, nil
		case c < ' ' || c == '\\' || c == ',':
			return b, faultf(jsonHint, "%q stands in a text, which is no number", c)
		case len(b) >= maxLine:
			return b, longLine(len(b))
		}
		b = append(b, c)
	}
}
