// grammar/CypherParser.g4: the language kith accepts, in reading order.
//
// openCypher 9, and of what other Cypher users paste: subqueries, label expressions, inline WHERE,
// type predicates, schema commands. What nothing executes yet is parsed all the same, so that the
// error can name it.
//
// The grammar is left-factored: an expression is a flat list of operands and operators, whose
// precedence the builder resolves; calls, quantifiers and reduce share one form, as do lists and
// comprehensions. The builder (cypher/parse/build_*.cpp) rejects what is too much. No rule needs
// more than a few tokens of look-ahead; see the note on invented tokens in CypherLexer.g4.
parser grammar CypherParser;

options { tokenVocab = CypherLexer; }

script : prefix* statement SEMICOLON? EOF ;

prefix
  : K_EXPLAIN ( K_AST | K_LOGICAL | K_PHYSICAL )? | K_PROFILE
  | K_CYPHER INTEGER? ( name EQUAL name )* ;

statement : query | schemaCommand | showCommand ;

// ---- queries and clauses

// NEXT hands what the query before it returns to the one behind it.
query : singleQuery ( ( unionJoint | K_NEXT ) singleQuery )* ;
unionJoint : K_UNION ( K_ALL | K_DISTINCT )? ;
singleQuery : clause+ ;

clause
  : matchClause | unwindClause | withClause | returnClause | finishClause | letClause | filterClause
  | createClause | mergeClause | setClause | removeClause | deleteClause | foreachClause
  | callSubquery | callProcedure | loadCsv | useGraph ;

matchClause : K_OPTIONAL? K_MATCH matchMode? patternList matchHint* whereClause? ;
matchMode
  : K_REPEATABLE ( K_ELEMENTS | K_ELEMENT K_BINDINGS? )
  | K_DIFFERENT ( K_RELATIONSHIPS | K_RELATIONSHIP K_BINDINGS? ) ;
whereClause : K_WHERE expression ;
matchHint : K_USING ( indexHint | scanHint | joinHint ) ;
indexHint
  : ( K_RANGE | K_TEXT | K_POINT )? K_INDEX K_SEEK? name COLON schemaName
    OPEN schemaName ( COMMA schemaName )* CLOSE ;
scanHint : K_SCAN name COLON schemaName ;
joinHint : K_JOIN K_ON name ( COMMA name )* ;

unwindClause : K_UNWIND expression K_AS name ;

withClause : K_WITH projectionBody whereClause? ;
returnClause : K_RETURN projectionBody ;
finishClause : K_FINISH ;
letClause : K_LET letItem ( COMMA letItem )* ;
letItem : name EQUAL expression ;
filterClause : K_FILTER K_WHERE? expression ;
projectionBody
  : K_DISTINCT? projectionItem ( COMMA projectionItem )* orderBy? skipRows? limitRows? ;
projectionItem : STAR | expression ( K_AS name )? ;
orderBy : K_ORDER K_BY sortItem ( COMMA sortItem )* ;
sortItem
  : expression ( K_ASC | K_ASCENDING | K_DESC | K_DESCENDING )? ( K_NULLS ( K_FIRST | K_LAST ) )? ;
skipRows : ( K_SKIP | K_OFFSET ) expression ;
limitRows : K_LIMIT expression ;

createClause : ( K_CREATE | K_INSERT ) patternList ;
mergeClause : K_MERGE patternPart mergeAction* ;
mergeAction : K_ON ( K_MATCH | K_CREATE ) setClause ;
setClause : K_SET setItem ( COMMA setItem )* ;
setItem : operand ( ( EQUAL | PLUS_EQUAL ) expression )? ;
removeClause : K_REMOVE operand ( COMMA operand )* ;
deleteClause : ( K_DETACH | K_NODETACH )? K_DELETE expression ( COMMA expression )* ;
foreachClause : K_FOREACH OPEN name K_IN expression BAR clause+ CLOSE ;

callProcedure
  : K_OPTIONAL? K_CALL qualifiedName ( OPEN ( expression ( COMMA expression )* )? CLOSE )?
    yieldColumns? ;
qualifiedName : schemaName ( DOT schemaName )* ;
yieldColumns : K_YIELD ( STAR | yieldItem ( COMMA yieldItem )* ) whereClause? ;
yieldItem : name ( K_AS name )? ;

callSubquery : K_OPTIONAL? K_CALL importList? MAP_OPEN query MAP_CLOSE inTransactions? ;
importList : OPEN ( STAR | name ( COMMA name )* )? CLOSE ;
inTransactions
  : K_IN ( concurrency? K_CONCURRENT )? K_TRANSACTIONS ( batchRows | onError | reportStatus )* ;
concurrency : INTEGER | parameter ;
batchRows : K_OF expression ( K_ROWS | IDENTIFIER ) ;
onError : K_ON K_ERROR ( K_CONTINUE | K_BREAK | K_FAIL ) ;
reportStatus : K_REPORT K_STATUS K_AS name ;

loadCsv : K_LOAD K_CSV ( K_WITH K_HEADERS )? K_FROM expression K_AS name
          ( K_FIELDTERMINATOR STRING )? ;
useGraph : K_USE qualifiedName ;

// ---- patterns

patternList : patternPart ( COMMA patternPart )* ;
patternPart : ( name EQUAL )? pathSelector? ( shortestPath | patternElement ) ;
pathSelector
  : ( K_SHORTEST | ( K_ANY | K_ALL ) K_SHORTEST? ) pathCount? ( K_PATH | K_PATHS )?
    ( K_GROUP | K_GROUPS )? ;
pathCount : INTEGER | parameter ;
shortestPath : ( K_SHORTESTPATH | K_ALLSHORTESTPATHS ) OPEN patternElement CLOSE ;
// (a)-[:T]->+(b) ((x)-->(y) WHERE …){1,3} (c)
patternElement : pathFactor+ ;
pathFactor
  : nodePattern ( relationshipPattern quantifier? nodePattern )*
  | ( OPEN | PATTERN_OPEN ) subpath CLOSE quantifier? ;
subpath : ( name EQUAL )? pathSelector? patternElement whereClause? ;
quantifier
  : PLUS | STAR | MAP_OPEN ( INTEGER ( COMMA INTEGER? )? | COMMA INTEGER? ) MAP_CLOSE ;

nodePattern : ( OPEN | PATTERN_OPEN ) nodeDetail CLOSE ;
nodeDetail : name? labels? properties? whereClause? ;
relationshipPattern : ( PATTERN_LESS MINUS | PATTERN_DASH ) relationshipDetail? MINUS GREATER? ;
relationshipDetail
  : LIST_OPEN name? labels? hopRange? properties? whereClause? LIST_CLOSE ;
hopRange : STAR INTEGER? ( DOTDOT INTEGER? )? ;
properties : mapLiteral | parameter ;

labels : ( COLON | K_IS ) labelTerm ( labelJoint labelTerm )* ;
labelJoint : ( BAR | LABEL_BAR ) COLON? | COLON | AMPERSAND ;
labelTerm
  : BANG* ( schemaName | PERCENT | dynamicLabel | OPEN labelTerm ( labelJoint labelTerm )* CLOSE ) ;
// $(expression), $all(list), $any(list)
dynamicLabel : DOLLAR ( K_ALL | K_ANY )? OPEN expression CLOSE ;

// ---- expressions

expression : operand ( infix operand | isPredicate )* ;

infix
  : EQUAL | NOT_EQUAL | LESS | LESS_EQUAL | GREATER | GREATER_EQUAL | MATCHES
  | PLUS | MINUS | STAR | SLASH | PERCENT | CARET | DOUBLE_BAR
  | K_OR | K_XOR | K_AND | K_IN | K_CONTAINS | K_STARTS K_WITH | K_ENDS K_WITH ;
// IS NULL, IS :: INTEGER, IS NORMALIZED, IS NFC NORMALIZED
isPredicate
  : K_IS K_NOT? ( K_NULL | ( DOUBLE_COLON | K_TYPED ) typeName | IDENTIFIER IDENTIFIER? ) ;

operand : ( K_NOT | PLUS | MINUS )* atom suffix* hasLabels? ;
suffix
  : DOT schemaName
  | LIST_OPEN expression? ( DOTDOT expression? )? LIST_CLOSE
  | callArguments
  | MAP_OPEN ( projectedItem ( COMMA projectedItem )* )? MAP_CLOSE ;
hasLabels : COLON labelTest ( testJoint labelTest )* ;
testJoint : LABEL_BAR COLON? | COLON | AMPERSAND ;
labelTest
  : BANG* ( schemaName | PERCENT | dynamicLabel | OPEN labelTest ( testJoint labelTest )* CLOSE ) ;

// f(x, y), count(*), count(DISTINCT x), all(x IN list WHERE …), reduce(a = 0, x IN list | …),
// trim(BOTH x FROM y), trim(x FROM y)
callArguments
  : OPEN
    ( STAR | TRIM_SIDE expression? trimmedText
    | K_DISTINCT? expression
      ( trimmedText | ( COMMA expression )* whereClause? ( BAR expression )? ) )?
    CLOSE ;
trimmedText : K_FROM expression ;
projectedItem : DOT ( STAR | schemaName ) | schemaName ( COLON expression )? ;

atom
  : literal | parameter | name | parenthesized | list | mapLiteral | caseExpression
  | subquery | pathPattern | shortestPath ;

literal
  : K_NULL | K_TRUE | K_FALSE | INTEGER | HEX_INTEGER | OCTAL_INTEGER | FLOAT | STRING ;
parameter : DOLLAR ( schemaName | INTEGER ) ;
parenthesized : OPEN expression CLOSE ;
// [1, 2], [x IN list WHERE … | …], [(a)-->(b) WHERE … | …], [p = (a)-->(b) | …]
list
  : LIST_OPEN ( expression ( COMMA expression )* whereClause? ( BAR expression )? )? LIST_CLOSE ;
mapLiteral : MAP_OPEN ( mapEntry ( COMMA mapEntry )* )? MAP_CLOSE ;
mapEntry : schemaName COLON expression ;
caseExpression : K_CASE expression? caseBranch+ ( K_ELSE expression )? K_END ;
caseBranch : K_WHEN caseTest ( COMMA caseTest )* K_THEN expression ;
// An operator without its left side: that is the operand of the CASE.
caseTest : testOperator expression | isPredicate | expression ;
testOperator
  : EQUAL | NOT_EQUAL | LESS | LESS_EQUAL | GREATER | GREATER_EQUAL | MATCHES
  | K_CONTAINS | K_STARTS K_WITH | K_ENDS K_WITH ;
subquery
  : ( K_EXISTS | K_COUNT | K_COLLECT ) MAP_OPEN ( query | patternList whereClause? ) MAP_CLOSE ;
pathPattern : pathStart ( relationshipPattern nodePattern )+ ;
pathStart : PATTERN_OPEN nodeDetail CLOSE ;

typeName : singleType ( LABEL_BAR singleType )* ;
singleType
  : ( ( K_LIST | K_ARRAY | K_ANY IDENTIFIER? ) LESS typeName GREATER | typeWord+ )
    ( K_NOT K_NULL | BANG )? ;
typeWord
  : IDENTIFIER | K_ANY | K_LIST | K_ARRAY | K_NODE | K_PATH | K_RELATIONSHIP | K_POINT | K_NULL
  | K_VECTOR ;

// ---- schema

schemaCommand
  : K_CREATE ( K_OR K_REPLACE )? ( createIndex | createConstraint )
  | K_DROP ( dropIndex | dropConstraint ) ;
createIndex : indexKind? K_INDEX ( legacyIndex | namedIndex ) ;
indexKind : K_RANGE | K_TEXT | K_POINT | K_FULLTEXT | K_VECTOR | K_LOOKUP ;
legacyIndex : K_ON COLON schemaName OPEN schemaName ( COMMA schemaName )* CLOSE ;
namedIndex
  : schemaObject? ifNotExists? K_FOR schemaPattern K_ON K_EACH? indexedParts schemaOptions? ;
indexedParts : LIST_OPEN indexedPart ( COMMA indexedPart )* LIST_CLOSE
             | OPEN indexedPart ( COMMA indexedPart )* CLOSE
             | indexedPart ;
indexedPart : name ( DOT schemaName | OPEN name CLOSE ) ;
createConstraint
  : K_CONSTRAINT schemaObject? ifNotExists? ( K_FOR | K_ON ) schemaPattern ( K_REQUIRE | K_ASSERT )
    constraintRule schemaOptions? ;
// What is required: of properties, or of relationships.
constraintRule : indexedParts K_IS propertyRule | endsRule | countRule | deleteRule ;
propertyRule
  : ( K_NODE | K_RELATIONSHIP | K_REL )? ( K_UNIQUE | K_KEY )
  | K_NOT K_NULL | ( DOUBLE_COLON | K_TYPED ) typeName ;
// (:A)-[r]->(:B) OR …
endsRule : pathPattern ( K_OR pathPattern )* ;
countRule : ( K_COUNT | K_EXISTS ) MAP_OPEN patternList whereClause? MAP_CLOSE countBound? ;
countBound : ( EQUAL | LESS | LESS_EQUAL | GREATER | GREATER_EQUAL ) INTEGER ;
// ON DELETE OF a CASCADE TO b, ON DELETE OF a RESTRICT
deleteRule : K_ON K_DELETE K_OF name IDENTIFIER ( IDENTIFIER name )? ;
schemaObject : name | parameter ;
ifNotExists : K_IF K_NOT K_EXISTS ;
ifExists : K_IF K_EXISTS ;
// A path of two named nodes is for deleteRule alone.
schemaPattern : OPEN name schemaLabels? CLOSE | pathPattern ;
schemaLabels : COLON schemaName ( ( BAR | LABEL_BAR ) schemaName )* ;
schemaOptions : K_OPTIONS ( mapLiteral | parameter ) ;
dropIndex : K_INDEX ( legacyIndex | schemaObject ifExists? ) ;
dropConstraint : K_CONSTRAINT schemaObject ifExists? ;

showCommand : K_SHOW showWord+ showNames? ( showYield returnClause? | whereClause )? ;
showYield
  : K_YIELD ( STAR | yieldItem ( COMMA yieldItem )* ) orderBy? skipRows? limitRows? whereClause? ;
showNames : STRING ( COMMA STRING )* ;
showWord
  : IDENTIFIER | QUOTED_NAME | K_ALL | K_BY | K_IN | K_INDEX | K_CONSTRAINT | K_RANGE | K_TEXT | K_POINT | K_FULLTEXT | K_VECTOR
  | K_LOOKUP | K_UNIQUE | K_KEY | K_NODE | K_RELATIONSHIP | K_REL | K_EXISTS | K_TRANSACTIONS ;

// ---- names

// Variables, aliases, functions without a namespace.
name
  : IDENTIFIER | QUOTED_NAME
  | K_ALL | K_ANY | K_ARRAY | K_ASC | K_ASCENDING | K_ASSERT | K_AST | K_BINDINGS | K_BREAK
  | K_BY | K_CALL | K_COLLECT | K_CONCURRENT | K_CONSTRAINT | K_CONTAINS | K_CONTINUE | K_COUNT
  | K_CSV | K_CYPHER | K_DESC | K_DESCENDING | K_DIFFERENT | K_DROP | K_EACH | K_ELEMENT
  | K_ELEMENTS | K_END | K_ENDS | K_ERROR | K_EXISTS | K_EXPLAIN | K_FAIL | K_FIELDTERMINATOR
  | K_FILTER | K_FINISH | K_FIRST | K_FOR | K_FROM | K_FULLTEXT | K_GROUP | K_GROUPS | K_HEADERS
  | K_IF | K_INDEX | K_INSERT | K_JOIN | K_KEY | K_LAST | K_LET | K_LIMIT | K_LIST | K_LOAD
  | K_LOGICAL | K_LOOKUP | K_NEXT | K_NODE | K_NODETACH | K_NULLS | K_OF | K_OFFSET | K_ON
  | K_OPTIONAL | K_OPTIONS | K_ORDER | K_PATH | K_PATHS | K_PHYSICAL | K_POINT | K_PROFILE
  | K_RANGE | K_REL | K_RELATIONSHIP | K_RELATIONSHIPS | K_REPEATABLE | K_REPLACE | K_REPORT
  | K_REQUIRE | K_ROWS | K_SCAN | K_SEEK | K_SET | K_SHORTEST | K_SHOW | K_SKIP | K_STARTS
  | K_STATUS | K_TEXT | K_TRANSACTIONS | K_TYPED | K_UNIQUE | K_USE | K_USING | K_VECTOR
  | K_YIELD ;

// Labels, types, property keys, parameters: every word.
schemaName
  : name
  | K_AND | K_AS | K_CASE | K_CREATE | K_DELETE | K_DETACH | K_DISTINCT | K_ELSE | K_FALSE
  | K_FOREACH | K_IN | K_IS | K_MATCH | K_MERGE | K_NOT | K_NULL | K_OR | K_REMOVE | K_RETURN
  | K_THEN | K_TRUE | K_UNION | K_UNWIND | K_WHEN | K_WHERE | K_WITH | K_XOR | K_SHORTESTPATH
  | K_ALLSHORTESTPATHS ;
