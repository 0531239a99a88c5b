package chatapi

import (
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// ReadOption is for every call that reads.
type ReadOption interface {
	LookupOption
	QueryOption
	applyToRead(*query)
}

// LookupOption is for the lookups by a group's or user's id, and for lists.
type LookupOption interface {
	ListOption
	applyToLookup(*query)
}

// ListOption is for lists.
type ListOption interface {
	applyToList(*query)
}

// QueryOption is for [Client.Query].
type QueryOption interface {
	applyToQuery(*query)
}

// PageOption is for whatever comes in pages.
type PageOption interface {
	ListOption
	QueryOption
}

// query is what the requests of reads have in common.
type query struct {
	platform        *string
	specialType     chatapiv1.SpecialType
	pageSize        int32
	order           chatapiv1.StreamOrder
	atLeastRevision string
}

type listOption func(*query)

func (o listOption) applyToList(q *query) { o(q) }

type lookupOption struct{ listOption }

func (o lookupOption) applyToLookup(q *query) { o.listOption(q) }

type readOption struct{ lookupOption }

func (o readOption) applyToRead(q *query) { o.listOption(q) }

func (o readOption) applyToQuery(q *query) { o.listOption(q) }

type pageOption struct{ listOption }

func (o pageOption) applyToQuery(q *query) { o.listOption(q) }

type queryOption func(*query)

func (o queryOption) applyToQuery(q *query) { o(q) }

// OnPlatform asks for another platform than "qq". Platforms compare byte for byte.
func OnPlatform(platform string) LookupOption {
	return lookupOption{func(q *query) { q.platform = &platform }}
}

// OnAllPlatforms asks for all platforms. Not together with [OnPlatform].
func OnAllPlatforms() LookupOption {
	return lookupOption{func(q *query) { q.specialType = chatapiv1.SpecialType_SPECIAL_TYPE_ALL_PLATFORMS }}
}

// AtLeastRevision asks for an answer that holds a write, by the revision that the write returned. It matters with several
// servers: on one, reads see the writes before them.
func AtLeastRevision(revision string) ReadOption {
	return readOption{lookupOption{func(q *query) { q.atLeastRevision = revision }}}
}

// PageSize fetches a list in pages of at most so many streams, 1 to 10,000. Default: 1,000. The server lowers what does not fit
// into an answer. Small pages suit a loop that ends early; 0 asks for all streams in one answer.
func PageSize(streams int) PageOption {
	return pageOption{func(q *query) { q.pageSize = int32(max(min(streams, maxPageSize), -1)) }}
}

// OrderBy is the order of what a query finds. Default: that in which the directory first learnt of the streams.
func OrderBy(order chatapiv1.StreamOrder) QueryOption {
	return queryOption(func(q *query) { q.order = order })
}

func readQuery(opts []ReadOption) (q query) {
	for _, opt := range opts {
		opt.applyToRead(&q)
	}
	return q
}

func lookupQuery(opts []LookupOption) (q query) {
	for _, opt := range opts {
		opt.applyToLookup(&q)
	}
	return q
}

func listQuery(opts []ListOption) query {
	q := query{pageSize: defaultPageSize}
	for _, opt := range opts {
		opt.applyToList(&q)
	}
	return q
}

func filteredQuery(opts []QueryOption) query {
	q := query{pageSize: defaultPageSize}
	for _, opt := range opts {
		opt.applyToQuery(&q)
	}
	return q
}
