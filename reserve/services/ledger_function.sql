-- Posts one entry on PostgreSQL; the twin of `ledger_sql.by_statements`, which says the same in Python for SQLite.
-- One round trip with kept plans: the head's lock is held for half the time (docs/decisions/0002-ledger.md).
-- Amounts are 分. Each statement sees what was committed before it began, so all is read after the head is locked.
CREATE OR REPLACE FUNCTION ledger_post(
    p_span bigint, p_programme bigint, p_purpose text, p_source_type text, p_source_id bigint, p_memo text,
    p_ledger_date date, p_value_date date, p_recorded_at timestamptz, p_by bigint, p_reverses bigint,
    p_key text, p_request_hash text, p_content_hash text,
    p_accounts bigint[], p_debits text[], p_credits text[], p_cents bigint[],
    OUT outcome text, OUT sequence bigint, OUT previous_hash text, OUT hash text, OUT failed_line integer, OUT failed_kind text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    head reserve_ledgerhead%ROWTYPE;
    new_id bigint;
    new_sequence bigint;
    new_hash text;
    debit_id bigint;
    debit_balance bigint;
    credit_id bigint;
    credit_balance bigint;
BEGIN
    SELECT * INTO head FROM reserve_ledgerhead WHERE programme_id = p_programme FOR UPDATE;
    IF NOT FOUND THEN outcome := 'no_ledger'; RETURN; END IF;
    PERFORM 1 FROM reserve_idempotencykey WHERE programme_id = p_programme AND key = p_key;
    IF FOUND THEN outcome := 'known'; RETURN; END IF;
    IF p_ledger_date < head.ledger_date THEN outcome := 'backwards'; RETURN; END IF;

    new_sequence := head.sequence + 1;
    new_id := p_programme * p_span + new_sequence;
    new_hash := encode(sha256(convert_to('1:' || head.hash || ':' || new_sequence || ':' || p_content_hash, 'UTF8')), 'hex');
    INSERT INTO reserve_ledgerentry (id, programme_id, sequence, purpose, source_type, source_id, memo, ledger_date,
        value_date, recorded_at, recorded_by_id, reverses_id, previous_hash, hash)
    VALUES (new_id, p_programme, new_sequence, p_purpose, p_source_type, p_source_id, p_memo, p_ledger_date,
        p_value_date, p_recorded_at, p_by, p_reverses, head.hash, new_hash);
    FOR i IN 1 .. array_length(p_cents, 1) LOOP
        UPDATE reserve_ledgeraccount SET balance = balance + CASE kind WHEN 'bank' THEN p_cents[i] ELSE -p_cents[i] END
        WHERE reserve_account_id = p_accounts[i] AND kind = p_debits[i]
          AND (kind = 'bank' OR balance >= p_cents[i])
        RETURNING id, balance INTO debit_id, debit_balance;
        IF NOT FOUND THEN outcome := 'short'; failed_line := i; failed_kind := p_debits[i]; RETURN; END IF;
        UPDATE reserve_ledgeraccount SET balance = balance + CASE kind WHEN 'bank' THEN -p_cents[i] ELSE p_cents[i] END
        WHERE reserve_account_id = p_accounts[i] AND kind = p_credits[i]
          AND (kind <> 'bank' OR balance >= p_cents[i])
        RETURNING id, balance INTO credit_id, credit_balance;
        IF NOT FOUND THEN outcome := 'short'; failed_line := i; failed_kind := p_credits[i]; RETURN; END IF;
        INSERT INTO reserve_transfer (entry_id, position, debit_id, credit_id, amount, debit_balance_after, credit_balance_after)
        VALUES (new_id, i, debit_id, credit_id, p_cents[i], debit_balance, credit_balance);
    END LOOP;
    INSERT INTO reserve_idempotencykey (entry_id, programme_id, key, request_hash)
    VALUES (new_id, p_programme, p_key, p_request_hash);
    UPDATE reserve_ledgerhead SET sequence = new_sequence, hash = new_hash, ledger_date = p_ledger_date
    WHERE programme_id = p_programme;

    outcome := 'posted'; sequence := new_sequence; previous_hash := head.hash; hash := new_hash;
END $$;
