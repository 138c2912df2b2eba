// Runs the operations of monday's own JavaScript client against the fake and
// prints what came back, one JSON line for each.
import { createRequire } from 'node:module';

const require = createRequire(process.cwd() + '/');
const { ApiClient, ClientError } = require('@mondaydotcomorg/api');

const [endpoint, token, boardId] = process.argv.slice(2);
const client = new ApiClient({ token, endpoint });
const print = (name, value) => console.log(JSON.stringify({ name, value }));
const { operations } = client;

const me = await operations.getMeOp();
print('me', me.me.name);

const groups = await operations.getBoardGroupsOp({ ids: [boardId] });
print('groups', groups.boards[0].groups.map((g) => g.id));

const name = '"}) { id } } Zażółć 🚀';
const created = await operations.createItemOp({ boardId, groupId: 'topics', itemName: name });
print('create', created.create_item.name);
const itemId = created.create_item.id;

await operations.changeSimpleColumnValueOp({ boardId, itemId, columnId: 'text1', value: 'simple' });
await operations.changeColumnValueOp({ boardId, itemId, columnId: 'status', value: JSON.stringify({ label: 'Done' }) });
const changed = await operations.changeMultipleColumnValuesOp({
  boardId,
  itemId,
  columnValues: JSON.stringify({ email: { email: 'ada@example.com', text: 'Ada' }, numbers: '42.5' }),
});
print('change', changed.change_multiple_column_values.column_values.filter((c) => c.value).map((c) => c.id));

const items = await operations.getBoardItemsOp({ ids: [boardId] });
print('items', items.boards[0].items_page.items.length);

const upload = await client.request(
  `mutation ($item: ID!, $file: File!) { add_file_to_column(item_id: $item, column_id: "file", file: $file) { name file_size } }`,
  { item: itemId, file: new File(['signed'], 'contract.txt') },
);
print('upload', upload.add_file_to_column);

try {
  await operations.createItemOp({ boardId: '1', groupId: 'topics', itemName: 'x' });
} catch (e) {
  if (!(e instanceof ClientError)) throw e;
  print('error', e.response.errors[0].extensions.code);
}

try {
  await new ApiClient({ token: 'wrong', endpoint }).operations.getMeOp();
} catch (e) {
  print('auth', e.response.status);
}

const raw = await client.rawRequest('query { version { value } }', {}, { versionOverride: '2026-07' });
print('version', raw.data.version.value);
