package barfile

import (
	"io"

	"github.com/signalman-trading/signalman/market"
)

// ReadText returns the content of a file, unpacked where it is compressed: gzip,
// Zstandard, xz or a zip of one .csv. A content of more than limit bytes is an error.
// Errors are of class [market.Data] and name the file.
func ReadText(path string, limit int64) ([]byte, error) {
	s, f, err := fromFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	blame := rejects{name: s.name}
	in, fault := s.open()
	if fault != nil {
		return nil, blame.at(0, fault)
	}
	defer in.close()
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	switch {
	case err != nil:
		return nil, blame.at(0, readFault(err))
	case int64(len(b)) > limit:
		return nil, &market.Error{Class: market.Data, Where: path, Err: faultf("", "it holds more than %d bytes", limit), Hint: "check that it is the right file"}
	}
	return b, nil
}
