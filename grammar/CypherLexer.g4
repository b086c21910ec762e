// grammar/CypherLexer.g4: the words of the language.
//
// Keywords are one token each, in any case. Most of them are also names (see `name` in
// CypherParser.g4). Numbers, strings, names and comments that are broken have tokens of their own,
// so that the error can say what is wrong with them; ERROR_CHARACTER takes whatever is left, so that the
// lexer itself never fails.
//
// Five tokens are not made here but by cypher/parse/token_scan.cpp, which looks at the tokens
// before the parser does and settles what would need look-ahead without bound:
//   PATTERN_OPEN    a `(` that begins a path pattern of at least one relationship
//   PATTERN_DASH    the `-` and
//   PATTERN_LESS    the `<` that begin a relationship of such a pattern
//   LABEL_BAR       a `|` that joins labels, where `|` could also end the list of a comprehension
//   TRIM_SIDE       BOTH, LEADING or TRAILING in trim(BOTH x FROM y), where it could be a variable
lexer grammar CypherLexer;

tokens { PATTERN_OPEN, PATTERN_DASH, PATTERN_LESS, LABEL_BAR, TRIM_SIDE }

// ---- words that are not names unless quoted

K_AND : A N D ;
K_AS : A S ;
K_CASE : C A S E ;
K_CREATE : C R E A T E ;
K_DELETE : D E L E T E ;
K_DETACH : D E T A C H ;
K_DISTINCT : D I S T I N C T ;
K_ELSE : E L S E ;
K_FALSE : F A L S E ;
K_FOREACH : F O R E A C H ;
K_IN : I N ;
K_IS : I S ;
K_MATCH : M A T C H ;
K_MERGE : M E R G E ;
K_NOT : N O T ;
K_NULL : N U L L ;
K_OR : O R ;
K_REMOVE : R E M O V E ;
K_RETURN : R E T U R N ;
K_THEN : T H E N ;
K_TRUE : T R U E ;
K_UNION : U N I O N ;
K_UNWIND : U N W I N D ;
K_WHEN : W H E N ;
K_WHERE : W H E R E ;
K_WITH : W I T H ;
K_XOR : X O R ;
K_SHORTESTPATH : S H O R T E S T P A T H ;
K_ALLSHORTESTPATHS : A L L S H O R T E S T P A T H S ;

// ---- words that are names too

K_ALL : A L L ;
K_ANY : A N Y ;
K_ARRAY : A R R A Y ;
K_ASC : A S C ;
K_ASCENDING : A S C E N D I N G ;
K_ASSERT : A S S E R T ;
K_AST : A S T ;
K_BINDINGS : B I N D I N G S ;
K_BREAK : B R E A K ;
K_BY : B Y ;
K_CALL : C A L L ;
K_COLLECT : C O L L E C T ;
K_CONCURRENT : C O N C U R R E N T ;
K_CONSTRAINT : C O N S T R A I N T ;
K_CONTAINS : C O N T A I N S ;
K_CONTINUE : C O N T I N U E ;
K_COUNT : C O U N T ;
K_CSV : C S V ;
K_CYPHER : C Y P H E R ;
K_DESC : D E S C ;
K_DESCENDING : D E S C E N D I N G ;
K_DIFFERENT : D I F F E R E N T ;
K_DROP : D R O P ;
K_EACH : E A C H ;
K_ELEMENT : E L E M E N T ;
K_ELEMENTS : E L E M E N T S ;
K_END : E N D ;
K_ENDS : E N D S ;
K_ERROR : E R R O R ;
K_EXISTS : E X I S T S ;
K_EXPLAIN : E X P L A I N ;
K_FAIL : F A I L ;
K_FIELDTERMINATOR : F I E L D T E R M I N A T O R ;
K_FILTER : F I L T E R ;
K_FINISH : F I N I S H ;
K_FIRST : F I R S T ;
K_FOR : F O R ;
K_FROM : F R O M ;
K_FULLTEXT : F U L L T E X T ;
K_GROUP : G R O U P ;
K_GROUPS : G R O U P S ;
K_HEADERS : H E A D E R S ;
K_IF : I F ;
K_INDEX : I N D E X ;
K_INSERT : I N S E R T ;
K_JOIN : J O I N ;
K_KEY : K E Y ;
K_LAST : L A S T ;
K_LET : L E T ;
K_LIMIT : L I M I T ;
K_LIST : L I S T ;
K_LOAD : L O A D ;
K_LOGICAL : L O G I C A L ;
K_LOOKUP : L O O K U P ;
K_NEXT : N E X T ;
K_NODE : N O D E ;
K_NODETACH : N O D E T A C H ;
K_NULLS : N U L L S ;
K_OF : O F ;
K_OFFSET : O F F S E T ;
K_ON : O N ;
K_OPTIONAL : O P T I O N A L ;
K_OPTIONS : O P T I O N S ;
K_ORDER : O R D E R ;
K_PATH : P A T H ;
K_PATHS : P A T H S ;
K_PHYSICAL : P H Y S I C A L ;
K_POINT : P O I N T ;
K_PROFILE : P R O F I L E ;
K_RANGE : R A N G E ;
K_REL : R E L ;
K_RELATIONSHIP : R E L A T I O N S H I P ;
K_RELATIONSHIPS : R E L A T I O N S H I P S ;
K_REPEATABLE : R E P E A T A B L E ;
K_REPLACE : R E P L A C E ;
K_REPORT : R E P O R T ;
K_REQUIRE : R E Q U I R E ;
K_ROWS : R O W S ;
K_SCAN : S C A N ;
K_SEEK : S E E K ;
K_SET : S E T ;
K_SHORTEST : S H O R T E S T ;
K_SHOW : S H O W ;
K_SKIP : S K I P ;
K_STARTS : S T A R T S ;
K_STATUS : S T A T U S ;
K_TEXT : T E X T ;
K_TRANSACTIONS : T R A N S A C T I O N S ;
K_TYPED : T Y P E D ;
K_UNIQUE : U N I Q U E ;
K_USE : U S E ;
K_USING : U S I N G ;
K_VECTOR : V E C T O R ;
K_YIELD : Y I E L D ;

// ---- punctuation

DOUBLE_COLON : '::' ;
DOTDOT : '..' ;
PLUS_EQUAL : '+=' ;
NOT_EQUAL : '<>' ;
LESS_EQUAL : '<=' ;
GREATER_EQUAL : '>=' ;
MATCHES : '=~' ;
DOUBLE_BAR : '||' ;
BANG_EQUAL : '!=' ;
DOUBLE_EQUAL : '==' ;
EQUAL : '=' ;
LESS : '<' ;
GREATER : '>' ;
PLUS : '+' ;
MINUS : '-' ;
STAR : '*' ;
SLASH : '/' ;
PERCENT : '%' ;
CARET : '^' ;
OPEN : '(' ;
CLOSE : ')' ;
LIST_OPEN : '[' ;
LIST_CLOSE : ']' ;
MAP_OPEN : '{' ;
MAP_CLOSE : '}' ;
COMMA : ',' ;
DOT : '.' ;
COLON : ':' ;
SEMICOLON : ';' ;
BAR : '|' ;
AMPERSAND : '&' ;
BANG : '!' ;
DOLLAR : '$' ;

// ---- literals

INTEGER : DIGITS ;
HEX_INTEGER : '0' X HEX_DIGIT+ ( '_' HEX_DIGIT+ )* ;
OCTAL_INTEGER : '0' O [0-7]+ ( '_' [0-7]+ )* ;
FLOAT : DIGITS? '.' DIGITS EXPONENT? | DIGITS EXPONENT ;
BAD_NUMBER : ( DIGIT | DIGITS? '.' DIGITS NAME_PART ) NAME_PART* ;

STRING : '\'' ( ~['\\] | '\\' . )* '\'' | '"' ( ~["\\] | '\\' . )* '"' ;
UNTERMINATED_STRING : '\'' ( ~['\\] | '\\' . )* '\\'? | '"' ( ~["\\] | '\\' . )* '\\'? ;

// ---- names

IDENTIFIER : NAME_START NAME_PART* ;
QUOTED_NAME : '`' ( ~'`' | '``' )* '`' ;
UNTERMINATED_NAME : '`' ( ~'`' | '``' )* ;

// ---- what stands between words

SPACE
  : [ \t\n\u000B\f\r\u001C-\u001F\u0085\u00A0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF]+
    -> skip ;
COMMENT : '/*' .*? '*/' -> skip ;
LINE_COMMENT : '//' ~[\r\n]* -> skip ;
UNTERMINATED_COMMENT : '/*' ( ~'*' | '*'+ ~[*/] )* '*'* ;

ERROR_CHARACTER : . ;

// Plain ranges instead of Unicode properties: half the time to load the automaton.
fragment NAME_START
  : [A-Za-z_\u00AA\u00B5\u00BA\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u167F]
  | [\u1681-\u180D\u180F-\u1FFF\u200C\u200D\u2071-\u218F\u2C00-\u2FEF\u3001-\uD7FF]
  | [\uF900-\uFDCF\uFDF0-\uFEFE\uFF00-\uFFFD\u{10000}-\u{EFFFF}] ;
fragment NAME_PART : NAME_START | [0-9\u00B7\u0300-\u036F\u203F\u2040] ;
fragment DIGIT : [0-9] ;
fragment DIGITS : DIGIT+ ( '_' DIGIT+ )* ;
fragment HEX_DIGIT : [0-9a-fA-F] ;
fragment EXPONENT : E [+\-]? DIGITS ;

fragment A : [aA] ;
fragment B : [bB] ;
fragment C : [cC] ;
fragment D : [dD] ;
fragment E : [eE] ;
fragment F : [fF] ;
fragment G : [gG] ;
fragment H : [hH] ;
fragment I : [iI] ;
fragment J : [jJ] ;
fragment K : [kK] ;
fragment L : [lL] ;
fragment M : [mM] ;
fragment N : [nN] ;
fragment O : [oO] ;
fragment P : [pP] ;
fragment Q : [qQ] ;
fragment R : [rR] ;
fragment S : [sS] ;
fragment T : [tT] ;
fragment U : [uU] ;
fragment V : [vV] ;
fragment W : [wW] ;
fragment X : [xX] ;
fragment Y : [yY] ;
fragment Z : [zZ] ;
