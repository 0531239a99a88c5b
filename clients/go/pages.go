package chatapi

import (
	"errors"
	"iter"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// defaultPageSize is that of all clients: some 200 kB of ordinary streams, soon there and few calls for a long list.
const defaultPageSize = 1_000

// maxPageSize is the most streams that a server puts into one page.
const maxPageSize = 10_000

var errRepeatedToken = errors.New("chatapi: the list does not end: the server sent the page token again that it was given")

type page interface {
	GetStreams() []*chatapiv1.ChatStream
	GetNextPageToken() string
}

// pages yields what is on each page, then what is on the next.
func pages(fetch func(token string) (page, error)) iter.Seq2[*chatapiv1.ChatStream, error] {
	return func(yield func(*chatapiv1.ChatStream, error) bool) {
		token := ""
		for {
			p, err := fetch(token)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, stream := range p.GetStreams() {
				if !yield(stream, nil) {
					return
				}
			}
			next := p.GetNextPageToken()
			if next == "" {
				return
			}
			if next == token {
				yield(nil, errRepeatedToken)
				return
			}
			token = next
		}
	}
}

// Collect makes a slice of a list. An error leaves no slice: a list is never cut silently.
func Collect[T any](list iter.Seq2[T, error]) ([]T, error) {
	var items []T
	for item, err := range list {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}
