-- For wrk: sends each of the tokens in the file TOKENS in turn (none where a line is empty), and counts what came back.
local tokens, at, threads = {}, 0, {}
local statuses = { 200, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504 }

function setup(thread)
  table.insert(threads, thread)
end

function init()
  for line in io.lines(os.getenv("TOKENS")) do
    table.insert(tokens, line)
  end
end

function request()
  at = at % #tokens + 1
  local token = tokens[at]
  return wrk.format(nil, nil, token ~= "" and { authorization = "Bearer " .. token } or {})
end

function response(status)
  local name = "status" .. status
  _G[name] = (_G[name] or 0) + 1
end

function done(summary, latency)
  local line = ""
  for _, status in ipairs(statuses) do
    local sum = 0
    for _, thread in ipairs(threads) do
      sum = sum + (thread:get("status" .. status) or 0)
    end
    if sum > 0 then line = line .. string.format(' "%d": %d,', status, sum) end
  end
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format('RESULT {%s "failed": %d, "per_second": %.0f, "p50_us": %.0f, "p99_us": %.0f}', line, failed,
    summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99)))
end
