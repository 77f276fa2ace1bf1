// Package frame is what files of data frames of bars have in common, whatever their
// format: which columns count, and how their numbers become float64.
//
// There are only a few types. A [Column] is a [Type] and a [Source] of raw values;
// [Find] says which columns of a file are the six of a bar, and [Scan] reads them side
// by side into [market.Columns].
//
// # Caveats
//
// Bars are not checked: times may fall, prices may be impossible. A missing number is
// NaN, a missing time [NoTime]. A float32 becomes the float64 of its shortest
// decimal, since 0.1 as float32 was meant as 0.1. Integers and decimals that a float64
// does not keep are errors.
package frame
