package chatapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"time"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// chunkBytes is the most that one call takes of a file.
const chunkBytes = 1 << 20

// importTimeout is for the rows of a file, which may be a million, where the context has no deadline of its own.
const importTimeout = 5 * time.Minute

// ImportOptions says how a file is imported.
type ImportOptions struct {
	// DryRun reports what would happen and changes nothing.
	DryRun bool
	// TimeZone is that of times that the file keeps without one, such as "Asia/Shanghai". Empty means that of the server.
	TimeZone string
}

// Import brings in the streams of a file: one that a bot keeps its chats in, a database of ChatApi, or an export file. The answer
// says what became of each row. It takes the role admin.
func (c *Client) Import(ctx context.Context, file io.ReadSeeker, options ImportOptions) (*chatapiv1.FinishImportResponse, error) {
	size, sum, err := sizeAndSum(file)
	if err != nil {
		return nil, err
	}
	created, err := c.stub.CreateImport(ctx, &chatapiv1.CreateImportRequest{SizeBytes: size})
	if err != nil {
		return nil, err
	}
	if err := c.upload(ctx, created.GetImportId(), file); err != nil {
		return nil, err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, importTimeout)
		defer cancel()
	}
	return c.stub.FinishImport(ctx, &chatapiv1.FinishImportRequest{
		ImportId: created.GetImportId(),
		Sha256:   sum,
		DryRun:   options.DryRun,
		TimeZone: options.TimeZone,
	})
}

func (c *Client) upload(ctx context.Context, importID string, file io.Reader) error {
	data := make([]byte, chunkBytes)
	for offset := int64(0); ; {
		n, err := io.ReadFull(file, data)
		if n > 0 {
			request := &chatapiv1.UploadImportChunkRequest{ImportId: importID, Offset: offset, Data: data[:n]}
			if _, err := c.stub.UploadImportChunk(ctx, request); err != nil {
				return err
			}
		}
		offset += int64(n)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// sizeAndSum reads a file to its end and goes back to its start.
func sizeAndSum(file io.ReadSeeker) (int64, string, error) {
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	if err != nil {
		return 0, "", err
	}
	_, err = file.Seek(0, io.SeekStart)
	return size, hex.EncodeToString(hash.Sum(nil)), err
}
