package barfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/feather"
	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/internal/parquet"
	"github.com/signalman-trading/signalman/market"
)

// A frameReader reads the rows of a file of a data frame, unchecked.
type frameReader func(r io.ReaderAt, size int64, emit func(firstRow int, c *market.Columns) error) error

// frameFormats are the formats of data frames, by their first bytes.
var frameFormats = []struct {
	magic string
	read  frameReader
}{
	{"ARROW1", feather.Scan},
	{"FEA1", feather.Scan},
	{"\xff\xff\xff\xff", feather.Scan}, // a stream, about which it says what to do
	{"PAR1", parquet.Scan},
	{"PARE", parquet.Scan},
}

// frame returns how to read a stream that is a data frame, or nil.
func (s *stream) frame() frameReader {
	head := s.peek()
	for _, format := range frameFormats {
		if bytes.HasPrefix(head, []byte(format.magic)) {
			return format.read
		}
	}
	return nil
}

// readerAt gives access to all of a stream: it is copied to memory unless it is a file
// as it lies on the disk.
func (s *stream) readerAt() (io.ReaderAt, int64, *fault) {
	if s.at != nil {
		return s.at, s.size, nil
	}
	b, err := io.ReadAll(io.LimitReader(s, maxCopy+1))
	switch {
	case err != nil:
		return nil, 0, readFault(err)
	case len(b) > maxCopy:
		return nil, 0, faultf("unpack it first, or save it as a file", "a data frame that is packed or not in a file may have %d bytes, and this one has more", maxCopy)
	}
	return bytes.NewReader(b), int64(len(b)), nil
}

// frames hands the rows of a data frame to take, one by one. It returns the error that
// ended the reading, if any.
func (r *rejects) frames(in *stream, read frameReader, columns string, take func(row int, b market.Bar) error) error {
	r.rows = true
	if columns != "" {
		return &market.Error{Class: market.Usage, Where: r.name, Err: errors.New("columns cannot be asked for: those of a data frame are found by their names"), Hint: "rename them to date, open, high, low, close and volume"}
	}
	at, size, f := in.readerAt()
	if f != nil {
		return r.at(0, f)
	}
	var refused error
	err := read(at, size, func(first int, c *market.Columns) error {
		for row := range c.OpenTime {
			if refused = take(first+row, c.Bar(row)); refused != nil {
				return refused
			}
		}
		return nil
	})
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return r.at(0, faultf("check that it is whole, and what wrote it", "%w", err))
	}
	return nil
}

// frame takes a row of fundings as freqtrade writes them: the rate is the open.
func (p *fundingParser) frame(row int, b market.Bar) error {
	rate, err := decimal.NewFromString(strconv.FormatFloat(b.Open, 'f', -1, 64))
	f := checkTime(b.OpenTime)
	switch {
	case f != nil:
	case err != nil:
		f = faultf(fundingHint, "rate %v is not a number", b.Open)
	default:
		f = p.take(market.Funding{Time: b.OpenTime, Rate: rate})
	}
	if f != nil {
		return p.reject(row, f)
	}
	return nil
}

// checkTime refuses times that no file of text can have.
func checkTime(t market.Time) *fault {
	switch {
	case t == frame.NoTime:
		return faultf("leave the row out, or give it a time", "open_time is null")
	case t < 0 || t > endOfTimes:
		return &fault{err: fmt.Errorf("open_time %s is outside the years 1970 to 2200", t), hint: "check the unit of the times"}
	}
	return nil
}
