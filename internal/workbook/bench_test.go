package workbook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
)

// sample writes rows × 40 cells: ids, names, words that repeat, amounts.
func sample(w io.Writer, rows int) error {
	const columns = 40
	x := NewWriter(w)
	heading := make([]string, columns)
	for i := range heading {
		heading[i] = fmt.Sprintf("列%d", i+1)
	}
	s, err := x.Sheet("数据", Layout{Titles: []string{"样表"}, Heading: heading})
	if err != nil {
		return err
	}
	words := []string{"白集镇", "是", "否", "一般农户", "因病", "普通劳动力", "健康", "初中"}
	values := make([]Value, columns)
	for r := range rows {
		for c := range values {
			switch {
			case c == 0:
				values[c] = Text(fmt.Sprintf("9900%014d", r))
			case c%8 == 3:
				values[c] = Hundredths(int64(r*37+c) % 5000000)
			case c%10 == 9:
				values[c] = Blank
			default:
				values[c] = Text(words[(r*7+c)%len(words)])
			}
		}
		if err := s.Row(values...); err != nil {
			return err
		}
	}
	return x.Close()
}

func BenchmarkWrite30kx40(b *testing.B) {
	for b.Loop() {
		var n counter
		if err := sample(&n, 30000); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/1e6, "MB")
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func BenchmarkRead30kx40(b *testing.B) {
	var buf bytes.Buffer
	if err := sample(&buf, 30000); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		book, err := Open(bytes.NewReader(buf.Bytes()), int64(buf.Len()), Limits{})
		if err != nil {
			b.Fatal(err)
		}
		cells := 0
		for row, err := range book.Sheets()[0].Rows(context.Background()) {
			if err != nil {
				b.Fatal(err)
			}
			cells += len(row.Cells)
		}
		if cells < 30000*30 {
			b.Fatal(cells)
		}
	}
}
