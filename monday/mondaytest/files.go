package mondaytest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// asset is an uploaded file.
type asset struct {
	id, name string
	data     []byte
	created  time.Time
}

func (a *asset) node() node {
	return node{
		"__typename": "Asset", "id": a.id, "name": a.name, "url": "https://example.monday.com/protected/" + a.id,
		"public_url": "https://files.monday.test/" + a.id, "file_size": len(a.data), "file_extension": path.Ext(a.name),
		"created_at": a.created.Format(time.RFC3339),
	}
}

// File is an uploaded file.
type File struct {
	ID, Name string
	Data     []byte
}

// Files returns the uploaded files.
func (s *Server) Files() []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []File
	for _, a := range s.assets {
		out = append(out, File{a.id, a.name, slices.Clone(a.data)})
	}
	return out
}

// upload is a file of a multipart request; its variable holds the part's name.
type upload struct {
	name string
	data []byte
}

// maxMemory is how much of a multipart request is kept in memory.
const maxMemory = 32 << 20

// readMultipart reads a request in any of the three forms that monday's own
// clients use: variables[file], or a map from parts to variables.
func readMultipart(r *http.Request) (posted, []byte, *failure) {
	bad := &failure{code: "JsonParseException", message: "the multipart body is not valid", status: http.StatusBadRequest}
	if err := r.ParseMultipartForm(maxMemory); err != nil {
		return posted{}, nil, bad
	}
	p := posted{Query: r.FormValue("query"), Variables: map[string]any{}, files: map[string]*upload{}, OperationName: r.FormValue("operationName")}
	if v := r.FormValue("variables"); v != "" && json.Unmarshal([]byte(v), &p.Variables) != nil {
		return p, nil, bad
	}
	var places map[string][]string
	if m := r.FormValue("map"); m == "" {
		places = map[string][]string{"variables[file]": {"variables.file"}}
	} else if json.Unmarshal([]byte(m), &places) != nil {
		return p, nil, bad
	}
	digest := sha256.New()
	fmt.Fprint(digest, p.Query, p.Variables)
	for part, to := range places {
		f, header, err := r.FormFile(part)
		if err != nil {
			return p, nil, bad
		}
		data, err := io.ReadAll(f)
		_ = f.Close()
		if err != nil || len(to) != 1 {
			return p, nil, bad
		}
		digest.Write(data)
		p.files[part] = &upload{header.Filename, data}
		p.Variables[strings.TrimPrefix(to[0], "variables.")] = part
	}
	return p, digest.Sum(nil), nil
}

func (x *run) store(args arguments) (*asset, error) {
	u := x.files[args.text("file")]
	if u == nil {
		return nil, fail("InvalidArgumentException", "file is not an uploaded file")
	}
	a := &asset{id: x.s.id(), name: u.name, data: u.data, created: time.Now().UTC()}
	x.s.assets = append(x.s.assets, a)
	return a, nil
}

func addFileToColumn(x *run, args arguments) (any, error) {
	i, err := x.item(args.text("item_id"))
	if err != nil {
		return nil, err
	}
	c := i.board.column(args.text("column_id"))
	if c == nil || c.kind != "file" {
		return nil, fail("InvalidColumnIdException", "This is not a file column").with("column_id", args.text("column_id"))
	}
	a, err := x.store(args)
	if err != nil {
		return nil, err
	}
	i.assets = append(i.assets, a)
	var files []node
	if old := i.cells[c.id]; old != nil {
		files = old.fields["files"].([]node)
	}
	files = append(slices.Clone(files), node{"__typename": "FileAssetValue", "asset_id": a.id, "name": a.name})
	i.cells[c.id] = &cell{text: a.node()["public_url"].(string), fields: node{"files": files}}
	return a.node(), nil
}

func addFileToUpdate(x *run, args arguments) (any, error) {
	u, err := x.update(args.text("update_id"))
	if err != nil {
		return nil, err
	}
	a, err := x.store(args)
	if err != nil {
		return nil, err
	}
	u.assets = append(u.assets, a)
	return a.node(), nil
}

func listAssets(x *run, args arguments) (any, error) {
	ids := args.list("ids")
	return nodes(slices.DeleteFunc(slices.Clone(x.s.assets), func(a *asset) bool { return !slices.Contains(ids, a.id) })), nil
}
