package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/market"
)

// The columns of a bar, in the order in which files are written.
const (
	Time = iota
	Open
	High
	Low
	Close
	Volume
	Fields // how many there are
)

// Names are the columns as files are written, the ones that freqtrade gives.
var Names = [Fields]string{"date", "open", "high", "low", "close", "volume"}

// times are the names a column of open times may have, the most telling first. The last
// is what pandas calls an index without a name.
var times = strings.Fields("date datetime open_time open_time_ms opentime timestamp time timestamp_ms ts ts_ms ts_s unix unix_time unix_timestamp time_ms time_s date_time __index_level_0__")

// Headings are the names that the columns beside the time may have, the likeliest first,
// as they are without capitals and spaces. Those of the time are empty.
var Headings = [Fields][]string{
	Open:   strings.Fields("open open_price o"),
	High:   strings.Fields("high high_price h"),
	Low:    strings.Fields("low low_price l"),
	Close:  strings.Fields("close close_price c"),
	Volume: strings.Fields("volume vol base_volume v"),
}

// ChunkRows is the most rows that Scan hands on at once.
const ChunkRows = 1 << 16

// Find returns where among the names of a file's columns those of a bar stand. Case does
// not matter, nor the order, nor what else there is.
func Find(names []string) (places [Fields]int, err error) {
	plain := make([]string, len(names))
	for i, s := range names {
		plain[i] = strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
	}
	for f := range Names {
		wanted := Headings[f]
		if f == Time {
			wanted = times
		}
		i := -1
		for _, w := range wanted {
			if i = slices.Index(plain, w); i >= 0 {
				break
			}
		}
		if i < 0 {
			return places, fmt.Errorf("no column %s; there are: %s", strings.Join(wanted, " or "), shown(names))
		}
		if slices.Contains(plain[i+1:], plain[i]) {
			return places, fmt.Errorf("two columns are called %s", plain[i])
		}
		places[f] = i
	}
	return places, nil
}

// shown lists names at a length that a terminal bears.
func shown(names []string) string {
	const most = 20
	if len(names) > most {
		names = append(slices.Clone(names[:most]), "...")
	}
	text := strings.Join(names, ", ")
	return fmt.Sprintf("%.400s", text)
}

// A Source hands on the values of one column from the first row to the last.
type Source interface {
	// Next fills values with the next len(nulls) values, each of its type's width in
	// bytes, the lowest byte first; nulls[i] says that value i is missing. A column
	// that ends before is io.ErrUnexpectedEOF.
	Next(values []byte, nulls []bool) error
}

// A Column is a type and where its values come from. All pieces of a file share the
// type: it learns the unit of times.
type Column struct {
	*Type
	Source
}

// Scan reads rows of all columns and hands them on in chunks, which are emit's to keep.
// Rows are counted from first. Interval is 0 and the scales are FreeScale.
func Scan(columns *[Fields]Column, rows, first int, emit func(firstRow int, c *market.Columns) error) error {
	s := scanner{nulls: make([]bool, min(rows, ChunkRows))}
	for done := 0; done < rows; {
		n := min(rows-done, ChunkRows)
		c := market.MakeColumns(0, n)
		c.PriceScale, c.VolumeScale = market.FreeScale, market.FreeScale
		for f := range columns {
			if err := s.read(&columns[f], f, n, first+done, c); err != nil {
				return err
			}
		}
		if err := emit(first+done, c); err != nil {
			return err
		}
		done += n
	}
	return nil
}

// numbers returns a column of c that is no time.
func numbers(c *market.Columns, field int) *[]float64 {
	return [Fields]*[]float64{Open: &c.Open, High: &c.High, Low: &c.Low, Close: &c.Close, Volume: &c.Volume}[field]
}

// Raw appends the values of a column as they are written: times as milliseconds of eight
// bytes, which they must be whole ones of, and numbers as doubles.
func Raw(b []byte, c *market.Columns, field int) ([]byte, error) {
	if field == Time {
		for _, t := range c.OpenTime {
			if t%1e6 != 0 {
				return nil, fmt.Errorf("open time %s is no whole millisecond", t)
			}
			b = binary.LittleEndian.AppendUint64(b, uint64(t/1e6))
		}
		return b, nil
	}
	for _, x := range *numbers(c, field) {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b, nil
}

// A scanner keeps the room for one chunk of raw values.
type scanner struct {
	values []byte
	nulls  []bool
}

// read appends n values of a column to c. Row is the first one's.
func (s *scanner) read(col *Column, field, n, row int, c *market.Columns) error {
	s.values = slices.Grow(s.values[:0], n*col.Width)[:n*col.Width]
	nulls := s.nulls[:n]
	if err := col.Next(s.values, nulls); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("column %s, from row %d on: %w", Names[field], row, err)
	}
	var i int
	var err error
	if field == Time {
		i, err = col.times(s.values, nulls, &c.OpenTime)
	} else {
		i, err = col.numbers(s.values, nulls, numbers(c, field))
	}
	if err != nil {
		return fmt.Errorf("row %d: %s %w", row+i, Names[field], err)
	}
	return nil
}
