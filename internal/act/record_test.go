package act

import (
	"bytes"
	"testing"

	"gonggu/internal/canon"
)

func TestTheRecordSplicedIsTheRecordMarshalled(t *testing.T) {
	for _, body := range []canon.Object{
		{},
		{"post": "x", "received_at": int64(5), "sealed": []any{"a"}, "text": `","sealed":[`},
		{"z": canon.Object{"received_at": int64(1), "sealed": []any{}}},
	} {
		a := &Act{ID: "x", County: "411624", Kind: "k", Post: `p","sealed":["`, Body: body, Sealed: []string{"h"}, ReceivedAt: 1_663_200_000_123}
		want, err := a.Record()
		if err != nil {
			t.Fatal(err)
		}
		envelope, err := a.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if got := recordOf(envelope, a.ReceivedAt); !bytes.Equal(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}
