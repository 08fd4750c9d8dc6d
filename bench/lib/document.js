'use strict'; module.exports={writeDocument(){}}
